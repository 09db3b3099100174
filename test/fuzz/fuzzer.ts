import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'

/**
 * Something that must take any bytes. `run` throws when it breaks its promise and lets its module's
 * documented refusals pass; what it returns names the outcome. An input with a new outcome has found
 * something, and others are made from it.
 */
export type Target = Readonly<{
  name: string
  seeds: readonly (string | Buffer)[]
  /** Words of the format, put in at random. */
  tokens: readonly string[]
  run(input: Buffer): string | Promise<string>
}>

export type Finding = Readonly<{ input: Buffer; error: Error }>

/** What one input of `inputBytesMax` may take, on any machine and a busy one at that. */
const cpuMillisMax = 1500
const queueMax = 2000
const minimiseTriesMax = 2000

type Result = Readonly<
  { outcome: string; error?: undefined } | { outcome?: undefined; error: Error }
>

/** The target's kept inputs: what once broke it, and what led somewhere. */
export function readCorpus({ name, seeds }: Target): Buffer[] {
  const folder = corpusFolder(name)
  const kept = existsSync(folder) ? readdirSync(folder).sort() : []
  return [
    ...seeds.map((seed) => Buffer.from(seed)),
    ...kept.map((file) => readFileSync(join(folder, file))),
  ]
}

/** Keeps an input; returns its file. The name tells why it is kept. */
export function keep({ name }: Target, why: 'crash' | 'hang' | 'path', input: Buffer): string {
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12)
  mkdirSync(corpusFolder(name), { recursive: true })
  const file = join(corpusFolder(name), `${why}-${hash}`)
  writeFileSync(file, input)
  return file
}

function corpusFolder(target: string): string {
  return join(import.meta.dirname, 'corpus', target)
}

/** Runs one input; the error when it breaks the target's promise. */
export async function attempt(target: Target, input: Buffer): Promise<Result> {
  const before = process.cpuUsage()
  try {
    const outcome = await target.run(Buffer.from(input))
    const { user } = process.cpuUsage(before)
    if (user / 1000 > cpuMillisMax) return { error: new Error(`took more than ${cpuMillisMax} ms`) }
    return { outcome }
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(`threw ${error}`) }
  }
}

export type FuzzOptions = Readonly<{
  seed: number
  /** Asked before each input with how many have run. */
  goOn: (iteration: number) => boolean
  /** Told of each input before it runs, so that one that never ends is known. */
  watch?: (input: Buffer) => void
  found: (finding: Finding) => void
  /** Told of each input that led to a new outcome; `smallest` makes it as small as can be. */
  led?: (smallest: () => Promise<Buffer>) => Promise<void>
}>

/** Runs changed inputs one after the other. Each kind of failure is reported once, at its smallest. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<number> {
  const random = new Random(options.seed)
  const queue = readCorpus(target)
  const outcomes = new Set<string>()
  const failures = new Set<string>()
  for (const input of queue) {
    const result = await attempt(target, input)
    if (result.error) {
      if (!failures.has(kind(result))) options.found({ input, error: result.error })
      failures.add(kind(result))
    } else outcomes.add(result.outcome)
  }
  let iteration = 0
  for (; options.goOn(iteration); iteration++) {
    const changed = mutate(queue, target.tokens, random)
    options.watch?.(changed)
    const result = await attempt(target, changed)
    if (result.error) {
      if (failures.has(kind(result))) continue
      failures.add(kind(result))
      const input = await minimise(target, changed, (other) => kind(other) === kind(result))
      options.found({ input, error: result.error })
    } else if (!outcomes.has(result.outcome) && queue.length < queueMax) {
      outcomes.add(result.outcome)
      queue.push(changed)
      await options.led?.(() =>
        minimise(target, changed, ({ outcome }) => outcome === result.outcome),
      )
    }
  }
  return iteration
}

/** Failures that differ only in numbers and quoted text are of one kind. */
function kind({ error }: Result): string {
  if (!error) return ''
  const place = error.stack?.split('\n').find((line) => line.includes('/src/')) ?? ''
  return (
    `${error.name} ${error.message.split('\n')[0]}`.replace(/'[^']*'|"[^"]*"|\d+/g, '#') + place
  )
}

/** Takes away stretches, half the input first and single bytes last, while the result stays alike. */
async function minimise(
  target: Target,
  input: Buffer,
  alike: (result: Result) => boolean,
): Promise<Buffer> {
  let best = input
  let tries = 0
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= best.length && tries < minimiseTriesMax; ) {
      tries += 1
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)])
      if (alike(await attempt(target, shorter))) best = shorter
      else at += size
    }
  }
  return best
}
