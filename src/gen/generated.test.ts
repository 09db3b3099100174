// The generated files are what tools/gen.ts makes of the models they name.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generatedFiles } from '../../tools/gen.ts'
import { loadModel, type ModelName } from './load.ts'

const root = join(import.meta.dirname, '../..')
const named = /botocore (\d+\.\d+\.\d+)/.exec(readFileSync(join(root, 'NOTICE'), 'utf8'))?.[1]
const botocore = findBotocore()

/** The botocore on this machine; undefined, loudly, where there is none or it is another version. */
function findBotocore(): string | undefined {
  const script = 'import botocore; print(botocore.__version__); print(botocore.__path__[0])'
  let found = ['none']
  try {
    found = execFileSync('python3', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .split('\n')
  } catch {}
  if (found[0] === named) return join(found[1]!, 'data')
  console.warn(`\n!!! SKIPPED: generated models need botocore ${named}; here is ${found[0]} !!!\n`)
  return undefined
}

test.skipIf(botocore === undefined)('are what the tool writes', () => {
  for (const [name, text] of generatedFiles(botocore!)) {
    const kept = readFileSync(join(import.meta.dirname, name), 'utf8')
    expect(kept === text, `src/gen/${name} is stale: run tools/gen.ts`).toBe(true)
  }
})

test.each<{ name: ModelName; operations: number }>([
  { name: 'cloudtrail', operations: 60 },
  { name: 'cloudtrail-data', operations: 1 },
  { name: 'iam', operations: 176 },
  { name: 's3', operations: 107 },
  { name: 'sts', operations: 11 },
])('$name is whole: every name in it is of something in it', ({ name, operations: count }) => {
  const { operations, shapes, errors } = loadModel(name)
  expect(Object.keys(operations)).toHaveLength(count)
  const shapesNamed = [
    ...Object.values(operations).flatMap(({ input, output }) => [input, output]),
    ...Object.values(shapes).flatMap((shape) => {
      if (shape.type === 'structure') return Object.values(shape.members).map((one) => one.shape)
      if (shape.type === 'map') return [shape.key, shape.value]
      return shape.type === 'list' ? [shape.member] : []
    }),
  ]
  expect(shapesNamed.filter((one) => one !== undefined && !(one in shapes))).toEqual([])
  const codes = Object.values(operations).flatMap((operation) => operation.errors)
  expect(codes.filter((code) => !(code in errors))).toEqual([])
})

test('errors have their wire code, their HTTP status and the name that records carry', () => {
  expect(loadModel('cloudtrail').errors['TrailNotFoundException']).toEqual({
    status: 400,
    name: 'TrailNotFoundException',
  })
  const { errors } = loadModel('iam')
  expect(errors['NoSuchEntity']).toEqual({ status: 404, name: 'NoSuchEntityException' })
  expect(errors['ServiceFailure']).toEqual({ status: 500, name: 'ServiceFailureException' })
})

test('secrets are marked', () => {
  const { shapes } = loadModel('iam')
  const names = ['accessKeySecretType', 'passwordType', 'privateKeyType']
  for (const name of names) expect(shapes[name]).toMatchObject({ sensitive: true })
})
