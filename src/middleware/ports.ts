import { type Clock, systemClock } from '../clock.ts'
import { type Files, systemFiles } from '../files.ts'
import { type Ids, systemIds } from '../ids.ts'

/** What an audit touches of the world, so that tests can put their own in its place. */
export type Ports = Readonly<{
  clock: Clock
  ids: Pick<Ids, 'uuid'>
  files: Files
  fetch: typeof globalThis.fetch
}>

/** The machine's own. */
export const systemPorts: Ports = {
  clock: systemClock,
  ids: systemIds,
  files: systemFiles,
  fetch: (input, init) => globalThis.fetch(input, init),
}
