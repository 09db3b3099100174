// Everything `contrail bench` measures, in the order of docs/benchmarks.md.
import type { Claim } from '../src/cli/bench-claim.ts'
import { delivery } from './delivery.ts'
import { history } from './history.ts'
import { importFiles } from './import.ts'
import { ingest } from './ingest.ts'
import { journalAppend } from './journal-append.ts'
import { lookupEvents } from './lookup-events.ts'
import { objects } from './objects.ts'
import { processSize } from './process.ts'
import { proxy } from './proxy.ts'
import { verify } from './verify.ts'

export const claims: readonly Claim[] = [
  ingest,
  importFiles,
  journalAppend,
  history,
  lookupEvents,
  delivery,
  verify,
  objects,
  processSize,
  proxy,
]
