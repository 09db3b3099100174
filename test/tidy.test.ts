// Taste, written down as a test: who may import whom, how long things may be, what must not appear.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = dirname(import.meta.dirname)
const linesMax = 500
const functionLinesMax = 70
const columnsMax = 110
const dependenciesMax = 10

const files = ['src', 'test', 'bench', 'tools'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name))),
)
const source = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const isGenerated = (file: string) => /^src\/gen\/.*-types\.ts$/.test(file)
const isTest = (file: string) => /\.test\.ts$/.test(file) || /^(test|bench|tools)\//.test(file)
const product = files.filter((file) => !isTest(file) && !isGenerated(file))

/** Project files that a file imports, statically, dynamically or as a worker. */
function imports(file: string): string[] {
  const specifiers = /(?:from|import)\s*\(?\s*'(\.[^']+)'|(?:new URL|workerUrl)\(\s*'(\.[^']+)'/g
  return [...source.get(file)!.matchAll(specifiers)]
    .map((match) => join(dirname(file), (match[1] ?? match[2])!))
    .map((path) => (source.has(path) ? path : `${path.replace(/\.js$/, '')}.ts`))
    .filter((path) => source.has(path))
}

/** The room a file belongs to: its folder under src, or the file itself at the top. */
function room(file: string): string {
  return file.split('/')[1]!.replace(/\.ts$/, '')
}

const base = [
  'errors',
  'error-text',
  'checksums',
  'limits',
  'clock',
  'ids',
  'gen',
  'operation',
  'files',
  'log',
  'worker-url',
]
const features = ['state', 'identity', 'history', 'objects']
/** What each room may import besides itself and the base. Rooms not listed may import anything. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(base.map((name) => [name, []])),
  record: [],
  journal: ['record'],
  wire: [],
  ...Object.fromEntries(features.map((name) => [name, ['record', 'journal']])),
  trails: ['record', 'journal'],
  delivery: ['record', 'journal', 'state', 'trails', 'digest', 's3-client'],
  capture: ['record', 'journal', 'state'],
  registry: ['wire'],
  proxy: ['record', 'journal', 'wire', 'registry', 'state'],
  aws: ['record', 'journal', 'trails', 'delivery', ...features],
  digest: [],
  middleware: ['record'],
  's3-client': ['wire'],
  sinks: ['record', 'journal', 'state', 'objects', 'identity', 'trails', 's3-client'],
  verify: ['digest', 'wire', 's3-client'],
  import: ['record', 'digest', 'wire', 's3-client', 'verify'],
  export: ['record', 'digest'],
}

describe('rooms', () => {
  test.each(product.filter((file) => room(file) in mayImport))('%s imports downwards', (file) => {
    const allowed = new Set([room(file), ...base, ...mayImport[room(file)]!])
    const upwards = imports(file).filter((other) => !allowed.has(room(other)))
    expect(upwards).toEqual([])
  })

  test('there is no circle of imports', () => {
    const done = new Set<string>()
    const visit = (file: string, path: string[]): string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
      if (done.has(file)) return undefined
      for (const next of valueImports(file)) {
        const circle = visit(next, [...path, file])
        if (circle) return circle
      }
      done.add(file)
      return undefined
    }
    expect(product.map((file) => visit(file, [])).filter(Boolean)).toEqual([])
  })

  test('every file is reached from main.ts, a test, a bench or a tool', () => {
    const reached = new Set<string>()
    const queue = files.filter(
      (file) => file === 'src/main.ts' || /^(test|bench|tools)\//.test(file),
    )
    for (let file = queue.pop(); file; file = queue.pop()) {
      if (reached.has(file)) continue
      reached.add(file)
      queue.push(...imports(file))
    }
    expect(product.filter((file) => !reached.has(file))).toEqual([])
  })
})

/** Imports that exist when the program runs; types may point both ways. */
function valueImports(file: string): string[] {
  const text = source.get(file)!.replace(/import type [^']*'[^']*'/g, '')
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
  return found.map((match) => join(dirname(file), match[1]!)).filter((path) => source.has(path))
}

describe('files', () => {
  const written = files.filter((file) => !isGenerated(file))

  test(`no file has more than ${linesMax} lines`, () => {
    const long = written.filter((file) => source.get(file)!.split('\n').length > linesMax + 1)
    expect(long).toEqual([])
  })

  test(`no line has more than ${columnsMax} columns`, () => {
    const wide = product.flatMap((file) =>
      source
        .get(file)!
        .split('\n')
        .flatMap((line, i) => (line.length > columnsMax ? [`${file}:${i + 1}`] : [])),
    )
    expect(wide).toEqual([])
  })

  test(`no function has more than ${functionLinesMax} lines`, () => {
    expect(product.flatMap((file) => longFunctions(file))).toEqual([])
  })

  test('nothing is left to do, and only config.ts reads the environment', () => {
    const marks = product.filter((file) => /\b(TODO|FIXME|XXX|HACK)\b/.test(source.get(file)!))
    expect(marks).toEqual([])
    const readers = product.filter((file) => /process\.env\b/.test(source.get(file)!))
    expect(readers.filter((file) => file !== 'src/config.ts')).toEqual([])
  })

  test('names say what a thing is', () => {
    const vague = files.filter((file) => /\b(utils?|common|helpers?|manager|misc)\b/i.test(file))
    expect(vague.filter((file) => !/common-errors/.test(file))).toEqual([])
    const spelled = /^([A-Z][A-Za-z0-9]+|[a-z0-9]+(-[a-z0-9]+)*)(\.test)?\.(ts|mjs)$/
    expect(
      files.filter((file) => !spelled.test(file.split('/').at(-1)!.replace('.config', ''))),
    ).toEqual([])
  })
})

/** The formatter's indentation tells where a block ends: the first `}` at the depth of its opening. */
function longFunctions(file: string): string[] {
  const lines = source.get(file)!.split('\n')
  const opening =
    /^(\s*)(?!.*\b(if|for|while|switch|catch|else|class|describe)\b)(.*(\bfunction\b|=>|\)(: [^=]+)?)).*\{$/
  return lines.flatMap((line, start) => {
    const indent = opening.exec(line)?.[1]
    if (indent === undefined) return []
    const end = lines.findIndex((other, i) => i > start && other.startsWith(`${indent}}`))
    return end - start > functionLinesMax ? [`${file}:${start + 1} (${end - start} lines)`] : []
  })
}

test(`an operator must trust every dependency: at most ${dependenciesMax}, each with its reason`, () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const names = Object.keys(manifest.dependencies)
  expect(names.length).toBeLessThanOrEqual(dependenciesMax)
  const decisions = readFileSync(join(root, 'docs/decisions/dependencies.md'), 'utf8')
  expect(names.filter((name) => !decisions.includes(`\`${name}\``))).toEqual([])
  for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d/)
})
