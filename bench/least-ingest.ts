// The least that could be called durable ingest, as a yardstick for ours: one short program in the same
// language, on the same disk, that reads a body, parses and hashes each record, appends, syncs and answers.
import { type ChildProcess, fork } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, fdatasync, openSync, rmSync, writev } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import type { Target } from './ingest-load.ts'

const newline = 0x0a

/** Starts it in a process of its own; it appends to `path`. */
export async function startLeastIngest(
  path: string,
): Promise<Target & Readonly<{ pid: number; stop(): Promise<void> }>> {
  const child = fork(import.meta.filename, [path])
  const [url] = (await once(child, 'message')) as [string]
  return { url, token: 'any', pid: child.pid!, stop: () => stop(child, path) }
}

async function stop(child: ChildProcess, path: string): Promise<void> {
  const exit = once(child, 'exit')
  child.kill()
  await exit
  rmSync(path, { force: true })
}

function serve(path: string): void {
  const file = openSync(path, 'a')
  const append = promisify(writev)
  const sync = promisify(fdatasync)
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const accepted = check(Buffer.concat(pieces))
    await append(file, pieces)
    await sync(file)
    const text = `${JSON.stringify({ accepted, refused: 0 })}\n`
    response.writeHead(200, { 'content-length': text.length })
    response.end(text)
  })
  server.on('close', () => closeSync(file))
  server.listen(0, '127.0.0.1', () => {
    process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  })
}

/** How many records the lines hold. */
function check(body: Buffer): number {
  let count = 0
  for (let start = 0; start < body.length; count++) {
    const end = body.indexOf(newline, start)
    const record = body.subarray(start, end)
    if (typeof JSON.parse(record.toString()).eventTime !== 'string') throw new Error('no record')
    hash('sha256', record)
    start = end + 1
  }
  return count
}

if (process.send && process.argv[1] === import.meta.filename) serve(process.argv[2]!)
