// A disk that fails under a real process: compiles fault-shim.c and says how to run a command above it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type FaultKind = 'EIO' | 'ENOSPC' | 'cut' | 'torn'

export type DiskFault = Readonly<{
  kind: FaultKind
  /** The write point where it strikes, from 1. */
  at: number
  /** EIO and ENOSPC: how many write points in a row fail; one where absent, all where 0. */
  times?: number
  /** Which unsynced pages outlive a torn cut. */
  seed?: number
  /** Power fails at this write point as well, after an error. */
  cutAt?: number
}>

/** The compiled library; undefined, with a loud line, where faults cannot be made. */
export function compileShim(whatIsSkipped: string): string | undefined {
  const library = join(mkdtempSync(join(tmpdir(), 'contrail-shim-')), 'fault-shim.so')
  try {
    if (process.platform !== 'linux') throw new Error('LD_PRELOAD faults need Linux')
    const source = join(import.meta.dirname, 'fault-shim.c')
    const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror']
    execFileSync('cc', [...flags, '-o', library, source, '-ldl'], { stdio: 'pipe' })
    return library
  } catch (error) {
    const reason = String((error as { stderr?: Buffer }).stderr ?? error)
    console.warn(`\n!!! SKIPPED: ${whatIsSkipped}: no C compiler made the shim: ${reason} !!!\n`)
    return undefined
  }
}

/** The environment of a process whose writes to `folder`, which exists, fail as told. */
export function faultEnv(
  library: string,
  options: { folder: string; report: string; fault?: DiskFault },
): Record<string, string> {
  const { folder, report, fault } = options
  return {
    LD_PRELOAD: library,
    // Writes that bypass libc would bypass the shim.
    UV_USE_IO_URING: '0',
    FAULT_FOLDER: folder,
    FAULT_REPORT: report,
    ...(fault && {
      FAULT_KIND: fault.kind,
      FAULT_AT: String(fault.at),
      ...(fault.times !== undefined && { FAULT_TIMES: String(fault.times) }),
      ...(fault.seed !== undefined && { FAULT_SEED: String(fault.seed) }),
      ...(fault.cutAt !== undefined && { FAULT_CUT_AT: String(fault.cutAt) }),
    }),
  }
}

/** The write points a process went through, in order: `write /data/journal/…`. */
export function readReport(report: string): string[] {
  if (!existsSync(report)) return []
  const lines = readFileSync(report, 'utf8').trimEnd().split('\n')
  return lines.map((line) => line.slice(line.indexOf(' ') + 1))
}
