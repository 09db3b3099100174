import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { collect } from './s3-error.ts'
import { httpTransport } from './transport.ts'

/** An answer of a server on this machine, which may take `within` milliseconds. */
async function askOf(listener: RequestListener, within?: number) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  const stop = new AbortController()
  onTestFinished(() => {
    stop.abort()
    server.closeAllConnections()
    server.close()
  })
  await new Promise((done) => server.once('listening', done))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return httpTransport(1, stop.signal, within)({ method: 'GET', url, headers: {} })
}

test('what is stored with Content-Encoding comes as it is stored', async () => {
  const { status, headers, body } = await askOf((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('stored bytes')
  })
  expect([status, headers['content-encoding']]).toEqual([200, 'gzip'])
  expect((await collect(body)).toString()).toBe('stored bytes')
})

test('an answer that trickles in without end is given up', async () => {
  const { body } = await askOf((_, response) => {
    response.writeHead(200)
    const trickle = setInterval(() => response.write('x'), 1)
    response.on('close', () => clearInterval(trickle))
  }, 40)
  await expect(collect(body)).rejects.toThrow('no whole answer in time')
})

test('an answer that should be small and is not is given up', async () => {
  const chunk = Buffer.alloc(1024 * 1024)
  const { body } = await askOf((_, response) => {
    const more = () => {
      while (response.write(chunk));
    }
    response.on('drain', more)
    more()
  })
  await expect(collect(body)).rejects.toThrow(/^an S3 answer of more than 1\d{7} bytes$/)
})
