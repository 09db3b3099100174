import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError } from 'commander'
import type { Claim, Result } from './bench-claim.ts'
import { benchmarksPage, type Machine, resultTable } from './bench-report.ts'
import type { Environment } from './environment.ts'
import { write } from './output.ts'

type Options = Readonly<{ events: number; folder?: string; json?: boolean; write?: boolean }>

const claimsFile = new URL('../../bench/claims.ts', import.meta.url)
const repository = fileURLToPath(new URL('../..', import.meta.url))
const pageFile = new URL('../../docs/benchmarks.md', import.meta.url)

/** `contrail bench`: measures what we promise about speed and size, on this machine. */
export function register(program: Command, environment: Environment): void {
  program
    .command('bench')
    .description('measure what is promised about speed and size, on this machine')
    .argument('[names...]', 'the claims to measure (default: all)')
    .option('--events <count>', 'events in the history that is looked up', countOf, 1_000_000)
    .option('--folder <folder>', 'make that history there, keep it, and use it again')
    .option('--json', 'the figures as one JSON object')
    .option('--write', 'write docs/benchmarks.md from this run')
    .action((names: string[], options: Options) => bench(names, options, environment))
}

async function bench(names: string[], options: Options, environment: Environment): Promise<void> {
  const claims = chosen(await loadClaims(), names)
  if (options.write && names.length > 0) {
    throw new Error('--write makes the page of all claims; name none')
  }
  const results: Result[] = []
  for (const { name, says, run } of claims) {
    const progress = (text: string) => tell(environment, `${name}: ${text}`)
    results.push({ name, says, ...(await run({ ...options, progress })) })
    tell(environment, '')
    if (!options.json) await write(environment.stdout, resultTable([results.at(-1)!]))
  }
  if (options.json) await write(environment.stdout, `${JSON.stringify(results, null, 2)}\n`)
  if (options.write) writeFileSync(pageFile, benchmarksPage(results, machine(environment)))
}

/** They measure the clone they are in, with its tests' server; the published package has none of it. */
async function loadClaims(): Promise<readonly Claim[]> {
  if (!existsSync(claimsFile)) {
    throw new Error('bench runs in a clone of the repository; this installation has no bench/')
  }
  const { claims } = (await import(claimsFile.href)) as { claims: readonly Claim[] }
  return claims
}

function chosen(claims: readonly Claim[], names: readonly string[]): readonly Claim[] {
  for (const name of names) {
    if (claims.some((claim) => claim.name === name)) continue
    throw new Error(`no claim ${name}; there are ${claims.map((claim) => claim.name).join(', ')}`)
  }
  return names.length === 0 ? claims : claims.filter(({ name }) => names.includes(name))
}

function machine({ clock, version }: Environment): Machine {
  const git = spawnSync('git', ['-C', repository, 'describe', '--always', '--dirty'])
  return {
    date: new Date(clock.now()).toISOString().slice(0, 10),
    version,
    commit: git.stdout?.toString().trim() || 'unknown',
    node: process.version,
    processors: `${cpus().length} × ${cpus()[0]?.model.trim() || 'unknown'}`,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
  }
}

/** One line that each new text takes the place of; only a terminal shows it. */
function tell({ stderr }: Environment, text: string): void {
  if (stderr.isTTY) stderr.write(`\r\x1b[2K${text}`)
}

function countOf(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new InvalidArgumentError('expected a number above 0')
}
