// Starts the real server, as people start it: `./contrail serve` on a free port with a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Credentials, readCredentials } from '../src/installation.ts'

const launcher = join(dirname(import.meta.dirname), 'contrail')

export type TestServer = Readonly<{
  url: string
  data: string
  credentials: Credentials
  /** What an AWS client needs in its environment to call this server, and nothing of the machine's own set-up. */
  clientEnv: Readonly<Record<string, string>>
  process: ChildProcess
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}>

/** Resolves once `/readyz` answers 200; rejects with what the server printed when it ends before that. */
export async function startTestServer(
  options: { data?: string; env?: Record<string, string>; args?: string[] } = {},
): Promise<TestServer> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'contrail-test-'))
  const child = spawn(launcher, ['serve', '--listen', '127.0.0.1:0', ...(options.args ?? [])], {
    env: { PATH: process.env['PATH'], CONTRAIL_DATA: data, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  const url = await readiness(child)
  const credentials = readCredentials(data)!
  return {
    url,
    data,
    credentials,
    clientEnv: {
      PATH: process.env['PATH']!,
      HOME: data,
      PYENV_ROOT: process.env['PYENV_ROOT'] ?? '',
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secret,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    },
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

/** The endpoint that the greeting names; printed once the server is ready. */
function readiness(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const onText = (chunk: Buffer) => {
      printed += chunk
      const url = /^ {2}endpoint {5}(\S+)$/m.exec(printed)?.[1]
      if (url) resolve(url)
    }
    child.stdout!.on('data', onText)
    child.stderr!.on('data', onText)
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}:\n${printed}`)))
  })
}

/** Stops the server and removes its folder. */
export async function removeTestServer(server: TestServer): Promise<void> {
  await server.stop()
  rmSync(server.data, { recursive: true, force: true })
}
