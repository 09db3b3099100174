// The registry's files are what tools/registry.ts makes of the models that NOTICE names.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { registryFiles } from '../../tools/registry.ts'
import type { Shape } from '../gen/model.ts'
import { Registry, type ServiceEntry } from './registry.ts'

const notice = readFileSync(join(import.meta.dirname, '../../NOTICE'), 'utf8')
const named = /botocore (\d+\.\d+\.\d+)/.exec(notice)?.[1]
const botocore = findBotocore()
const services = readFileSync(join(import.meta.dirname, 'services.json'), 'utf8')
const entries: readonly ServiceEntry[] = JSON.parse(services)

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
  console.warn(`\n!!! SKIPPED: the registry needs botocore ${named}; here is ${found[0]} !!!\n`)
  return undefined
}

/** Of all that is written those few that have each a form of their own: all of them take half a minute. */
const some = ['cloudfront', 'dynamodb', 'ec2', 'lambda', 'sqs']

test.skipIf(botocore === undefined)('are what the tool writes', () => {
  for (const [name, text] of registryFiles(botocore!, some)) {
    const bytes = readFileSync(join(import.meta.dirname, `models/${name}.json.br`))
    const isSame = brotliDecompressSync(bytes).toString() === text
    expect(isSame, `${name} is stale: run tools/registry.ts`).toBe(true)
  }
})

test('every service can be read, and its shapes are all there', () => {
  const registry = new Registry()
  const missing = entries.flatMap((entry) => {
    const { operations, shapes } = registry.load(entry).model
    const used = Object.values(operations).flatMap(({ input, output }) => [input, output])
    const needed = [...used, ...Object.values(shapes).flatMap(within)]
    return needed.filter((name) => name !== undefined && !(name in shapes))
  })
  expect(missing).toEqual([])
})

function within(shape: Shape): string[] {
  if (shape.type === 'structure') return Object.values(shape.members).map((one) => one.shape)
  if (shape.type === 'list') return [shape.member]
  return shape.type === 'map' ? [shape.key, shape.value] : []
}
