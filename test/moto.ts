// An S3 server that is not ours: moto_server, where the machine has it.
import { spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import { hasTool, until } from './tools.ts'

export type Moto = Readonly<{
  url: string
  /** Stops answering, and answers again: what it holds stays. */
  pause(): void
  resume(): void
  stop(): void
}>

/** True when the machine has it; otherwise says loudly what is skipped. */
export function hasMoto(whatIsSkipped: string): boolean {
  return hasTool('moto_server', ['--help'], whatIsSkipped)
}

/** Resolves once it answers, on a free port. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const answers = () => fetch(url).then(Boolean, () => false)
  if (!(await until(answers, Boolean, 30_000))) {
    child.kill('SIGKILL')
    throw new Error('moto_server does not answer')
  }
  return {
    url,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    stop: () => child.kill('SIGKILL'),
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
}
