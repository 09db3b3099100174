import type { Clock } from '../clock.ts'

/** Where a command writes: `process.stdout` or a test's stream. Colour and width only on a terminal. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

/** All that a command knows of the world outside; tests put their own in its place. */
export type Environment = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  readonly clock: Clock
  readonly fetch: typeof fetch
  /** Keeps the process alive for `ms`, unlike a clock's timers; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>
  /** Of the installed program: `0.1.0`. */
  readonly version: string
  /** From the call on, SIGINT aborts the signal and no longer ends the process. */
  readonly interrupted: () => AbortSignal
  /** What the process ends with when a command did not throw; 0 where absent. */
  exitCode?: number
}
