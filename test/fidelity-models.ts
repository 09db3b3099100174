// The models of the events' sources.
import type { Registry } from '../src/registry/registry.ts'
import type { FindModel } from './fidelity-rebuild.ts'

/** Among the registry's models. */
export function modelFinder(registry: Registry): FindModel {
  return (eventSource, isIt) =>
    registry
      .servicesOf(signingNameOf(eventSource))
      .toSorted((a, b) => Number(isOf(b, eventSource)) - Number(isOf(a, eventSource)))
      .map((entry) => registry.load(entry).model)
      .find(isIt)
}

/** Most event sources are named as their services sign. */
const signingNames: Readonly<Record<string, string>> = {
  'servicecatalog-appregistry': 'servicecatalog',
}

function signingNameOf(eventSource: string): string {
  const source = eventSource.split('.')[0]!
  return signingNames[source] ?? source
}

/** Of several services that sign alike, the namesake counts first. */
function isOf({ name }: { name: string }, eventSource: string): boolean {
  return name === eventSource.split('.')[0]
}
