// The least that could be called a proxy, as a yardstick for ours: node:http in front, node:http behind, two
// pipes between. And the upstream of both.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Helper = Readonly<{ url: string; process: ChildProcess; stop(): Promise<void> }>

/** Starts it in a process of its own. */
export const startPassThrough = (upstream: string): Promise<Helper> => start('proxy', upstream)

/** Answers 1 KB to everything. */
export const startUpstream = (): Promise<Helper> => start('upstream')

async function start(...args: string[]): Promise<Helper> {
  const child = fork(import.meta.filename, args)
  const [url] = (await once(child, 'message')) as [string]
  return { url, process: child, stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill()
  await exit
}

function passThrough(upstream: string): Server {
  const { hostname, port } = new URL(upstream)
  const agent = new Agent({ keepAlive: true })
  return createServer((request, response) => {
    const { method, url: path, rawHeaders: headers } = request
    const sent = send({ hostname, port, agent, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.rawHeaders)
      answer.pipe(response)
    })
    request.pipe(sent)
  })
}

function upstream(): Server {
  const body = JSON.stringify({ Item: { id: { S: 'x'.repeat(1_000) } } })
  const head = { 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length }
  return createServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(200, head).end(body))
  })
}

if (process.send && process.argv[1] === import.meta.filename) {
  const server = process.argv[2] === 'proxy' ? passThrough(process.argv[3]!) : upstream()
  server.listen(0, '127.0.0.1', () => {
    process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
}
