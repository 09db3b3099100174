// Claim: objects cost a few syncs each, and large ones little more than the disk.
import { randomBytes } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { Claim } from '../src/cli/bench-claim.ts'
import { removeTestServer, startTestServer, type TestServer } from '../test/server.ts'
import { plainAppendRate } from './plain-append.ts'
import { benchFolder, removeFolder } from './trail-folder.ts'

const kilobyte = 1024
const megabyte = 1024 * kilobyte
const small = { bytes: 4 * kilobyte, count: 2_000, connections: 16 }
const large = { bytes: 64 * megabyte, count: 8, connections: 1 }

export const objects: Claim = {
  name: 'objects',
  says: 'objects put and got over HTTP: durable, with a record each, at a fair part of the disk',

  async run({ progress }) {
    const folder = benchFolder()
    const server = await startTestServer({ env: { CONTRAIL_AUTH: 'open' } })
    const store = new Store(server)
    try {
      await store.call('PUT', '/bench')
      progress('small objects')
      const piece = randomBytes(small.bytes)
      const plainSmall = plainAppendRate(folder, new Array(small.count).fill(piece))
      const putSmall = await store.rate('PUT', small, piece)
      const gotSmall = await store.rate('GET', small)
      progress('large objects')
      const block = randomBytes(large.bytes)
      const inMegabytes = large.bytes / megabyte
      const plainLarge = plainAppendRate(folder, new Array(large.count).fill(block)) * inMegabytes
      const putLarge = (await store.rate('PUT', large, block)) * inMegabytes
      const gotLarge = (await store.rate('GET', large)) * inMegabytes
      return {
        figures: [
          { what: '4 KB, 16 connections: put', value: putSmall, unit: 'objects/s' },
          { what: '4 KB: of append + fdatasync', value: putSmall / plainSmall, unit: '×' },
          { what: '4 KB, 16 connections: got', value: gotSmall, unit: 'objects/s' },
          { what: '64 MB, one connection: put', value: putLarge, unit: 'MB/s' },
          { what: '64 MB: of append + fdatasync', value: putLarge / plainLarge, unit: '×' },
          { what: '64 MB, one connection: got', value: gotLarge, unit: 'MB/s' },
        ],
        notes: [
          'Each put syncs the content, its folder, its row and its record before it is answered, and hashes it twice (MD5 and ' +
            'CRC64NVME); each get is recorded before its last piece leaves. The client is on the same machine.',
        ],
      }
    } finally {
      store.close()
      await removeTestServer(server)
      removeFolder(folder)
    }
  },
}

type Load = Readonly<{ bytes: number; count: number; connections: number }>

/** A client that does nothing but send and count. */
class Store {
  readonly #url: URL
  readonly #agent = new Agent({ keepAlive: true, maxSockets: small.connections })

  constructor({ url }: TestServer) {
    this.#url = new URL(url)
  }

  /** Calls a second, over so many connections; every object under a name of its own. */
  async rate(method: 'PUT' | 'GET', load: Load, body?: Buffer): Promise<number> {
    const names = Array.from({ length: load.count }, (_, i) => `/bench/${load.bytes}/${i}`).values()
    const started = performance.now()
    const connection = async () => {
      for (const name of names) {
        const bytes = await this.call(method, name, body)
        if (method === 'GET' && bytes !== load.bytes) throw new Error(`${name} has ${bytes} bytes`)
      }
    }
    await Promise.all(Array.from({ length: load.connections }, connection))
    return (load.count * 1_000) / (performance.now() - started)
  }

  /** The bytes that came back; rejects unless the call succeeded. */
  call(method: string, path: string, body?: Buffer): Promise<number> {
    const { hostname, port } = this.#url
    return new Promise((resolve, reject) => {
      const answered = (response: IncomingMessage) => {
        let bytes = 0
        response.on('data', (piece: Buffer) => {
          bytes += piece.length
        })
        response.on('end', () => {
          if (response.statusCode === 200) resolve(bytes)
          else reject(new Error(`${method} ${path}: ${response.statusCode}`))
        })
      }
      const sent = request({ hostname, port, method, path, agent: this.#agent }, answered)
      sent.on('error', reject)
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
