// Real clients from the machine. A test that needs one says so, and is skipped with a loud line where it is missing.
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** True when the tool runs; otherwise says loudly what is skipped. */
export function hasTool(command: string, args: readonly string[], whatIsSkipped: string): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 60_000 })
    return true
  } catch {
    console.warn(
      `\n!!! SKIPPED: ${whatIsSkipped}: \`${command} ${args.join(' ')}\` does not run here !!!\n`,
    )
    return false
  }
}

/** Runs a client; standard output as text. Its failure rejects with what it printed. */
export async function runTool(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { stdout } = await run(command, args, { env, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** `aws …`, its JSON answer parsed. */
export async function aws(env: Readonly<Record<string, string>>, ...args: string[]): Promise<any> {
  const text = await runTool('aws', [...args, '--output', 'json'], env)
  return text.trim() === '' ? undefined : JSON.parse(text)
}

/** Asks until the answer satisfies `enough`, for at most `forMs`; the last answer. */
export async function until<T>(
  ask: () => Promise<T>,
  enough: (answer: T) => boolean,
  forMs: number,
): Promise<T> {
  const end = Date.now() + forMs
  for (;;) {
    const answer = await ask()
    if (enough(answer) || Date.now() > end) return answer
    await new Promise((done) => setTimeout(done, 25))
  }
}
