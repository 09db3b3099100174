// The registry, as the harness asks it.
import { readAnswer } from '../src/registry/answer.ts'
import { readParameters } from '../src/registry/parameters.ts'
import { recognise } from '../src/registry/recognise.ts'
import { Registry as Models } from '../src/registry/registry.ts'
import type { Registry } from './fidelity.ts'
import type { WireAnswer, WireRequest } from './fidelity-wire.ts'

/** The generated models, and the registry's own reading of calls. */
export function modelRegistry(): Registry {
  const registry = new Models()
  const options = { registry, bucketSuffixes: [], region: 'us-east-1' }
  return {
    model: (eventSource, isIt) =>
      registry
        .servicesOf(signingNameOf(eventSource))
        .toSorted((a, b) => Number(isOf(b, eventSource)) - Number(isOf(a, eventSource)))
        .map((entry) => registry.load(entry).model)
        .find(isIt),

    read(request: WireRequest, answer: WireAnswer) {
      const head = { ...request, rawHeaders: Object.entries(request.headers).flat() }
      const body = { bytes: request.body, isWhole: true }
      const answered = { status: answer.status, rawHeaders: Object.entries(answer.headers).flat() }
      const call = recognise(head, body, options)
      return {
        call,
        parameters: readParameters(call, head, body),
        answer: readAnswer(call, answered, { bytes: answer.body, isWhole: true }),
      }
    },
  }
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
