// Values of a model's shapes, at random: what a client may send and a service may answer.
import fc from 'fast-check'
import type { Member, ServiceModel } from '../src/gen/model.ts'

/** Texts that XML can hold, of any alphabet; not of white space alone, which clients take for layout. */
const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML cannot hold
  .map((one) => one.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, ''))
  .map((one) => (one.trim() === '' ? '' : one))

/** Whole seconds: the finest that every protocol carries. */
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000))

/** Any value of the shape, its constraints left aside; of each structure so many members at most. */
export function valuesOf(
  model: Pick<ServiceModel, 'shapes'>,
  shapeName: string,
  membersMax = Number.POSITIVE_INFINITY,
  depth = 0,
): fc.Arbitrary<any> {
  const shape = model.shapes[shapeName]!
  const arbitraries = (members: ReadonlyArray<readonly [string, Member]>) =>
    Object.fromEntries(members.map(([name, member]) => [name, of(member.shape)]))
  const of = (name: string) => valuesOf(model, name, membersMax, depth + 1)
  switch (shape.type) {
    case 'structure': {
      if (shape.document) return fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null)
      const members = depth > 4 ? [] : Object.entries(shape.members)
      if (members.length > membersMax) {
        return fc
          .subarray(members, { maxLength: membersMax })
          .chain((some) => fc.record(arbitraries(some)))
      }
      // Clients fill in members that they require themselves.
      return fc.record(arbitraries(members), {
        requiredKeys: shape.required?.filter((name) => members.some(([key]) => key === name)) ?? [],
      })
    }
    case 'list':
      return fc.array(of(shape.member), { maxLength: 3 })
    case 'map': {
      const keys = fc.oneof({ weight: 9, arbitrary: text }, fc.constant('__proto__'))
      return fc
        .uniqueArray(keys, { maxLength: 3 })
        .chain((all) => fc.tuple(...all.map((key) => fc.tuple(fc.constant(key), of(shape.value)))))
        .map((entries) => Object.fromEntries(entries))
    }
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer()
    case 'long':
      return fc.maxSafeInteger()
    case 'float':
    case 'double':
      return fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 64)
    case 'timestamp':
      return time
    case 'blob':
      return fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))
    case 'string':
      return shape.enum ? fc.constantFrom(...shape.enum) : text
  }
}
