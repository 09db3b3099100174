import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from './config.ts'
import { readCredentials, readIngestToken } from './installation.ts'
import { jsonLog } from './log.ts'
import { type RunningServer, startServer } from './server.ts'

// How the whole server starts, and what it leaves when it cannot.

let data: string
let lines: string[]
let running: RunningServer[]

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'contrail-server-'))
  lines = []
  running = []
})
afterEach(async () => {
  for (const server of running) await server.stop()
  rmSync(data, { recursive: true, force: true })
})

/** Starts a server on a free port with the settings of a `contrail.yaml`. */
async function start(settings: object = {}): Promise<RunningServer> {
  const text = JSON.stringify({ listen: '127.0.0.1:0', data, ...settings })
  const config = loadConfig({ file: { path: 'contrail.yaml', text }, env: {} })
  const log = jsonLog((line) => lines.push(line), Date.now)
  const server = await startServer({ config, log })
  running.push(server)
  return server
}

test('a data folder that others may open is told of once, with the command that mends it', async () => {
  chmodSync(data, 0o755)
  await start()
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'warn',
    folder: data,
    mend: `chmod 700 ${data}`,
  })
})

test('a folder of its owner alone is told nothing of', async () => {
  await start()
  expect(lines).toEqual([])
})

/** A port of this machine that another program has. */
async function takenPort(): Promise<number> {
  const busy = createServer().listen(0, '127.0.0.1')
  await once(busy, 'listening')
  onTestFinished(() => void busy.close())
  return (busy.address() as AddressInfo).port
}

test('the root key that a failed first start made is told by the first that stands, and only then', async () => {
  const listen = `127.0.0.1:${await takenPort()}`
  await expect(start({ listen })).rejects.toThrow('EADDRINUSE')
  const made = readCredentials(data)
  const second = await start()
  expect(made).toBeDefined()
  expect(second.created).toEqual(made)
  expect(readCredentials(data)).toEqual(made)
  await second.stop()
  const token = readIngestToken(data, 'cloudtrail')
  const third = await start()
  expect(third.created).toBeUndefined()
  expect(readIngestToken(data, 'cloudtrail')).toBe(token)
})

test('a proxy of the configuration that cannot listen is named, with its address', async () => {
  const port = await takenPort()
  const proxies = (listen: string) => ({
    capture: { proxies: { web: { listen, upstream: 'http://127.0.0.1:1' } } },
  })
  await expect(start(proxies(`127.0.0.1:${port}`))).rejects.toThrow(
    `capture.proxies.web.listen: 127.0.0.1:${port}: is taken by another program; listen on another`,
  )
  // Nothing is left running: the folder is free.
  await start(proxies('127.0.0.1:0'))
})
