// Starts the real proxy, as people start it: `./contrail proxy` beside a running server.
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { TestServer } from './server.ts'

const launcher = join(dirname(import.meta.dirname), 'contrail')

export type TestProxy = Readonly<{
  url: string
  process: ChildProcess
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}>

/** Resolves once it listens; rejects with what it printed when it ends before that. */
export async function startTestProxy(
  { data }: Pick<TestServer, 'data'>,
  upstream: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<TestProxy> {
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']
  const child = spawn(launcher, ['proxy', '--upstream', upstream, ...listen, ...args], {
    env: { PATH: process.env['PATH'], CONTRAIL_DATA: data, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  const url = await new Promise<string>((resolve, reject) => {
    let printed = ''
    const onText = (chunk: Buffer) => {
      printed += chunk
      const address = /^ {2}listens {6}(\S+)$/m.exec(printed)?.[1]
      if (address) resolve(`http://${address}`)
    }
    child.stdout.on('data', onText)
    child.stderr.on('data', onText)
    child.once('exit', (code) => reject(new Error(`proxy ended with ${code}:\n${printed}`)))
  })
  return {
    url,
    process: child,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
