import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJournal } from '../src/journal/read.ts'
import { startTestServer, type TestServer } from './server.ts'

/** A real server with a feed, `apps`, for one application; it can be killed and started again. */
export class FeedServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'contrail-feed-'))
  readonly token = 'only-for-this-test'
  readonly origin = {
    source: 'app.example.internal',
    accountId: '111122223333',
    region: 'us-east-1',
  }
  #server: TestServer | undefined

  async start(): Promise<void> {
    const hash = createHash('sha256').update(this.token).digest('hex')
    const feed = `{token: "sha256:${hash}", accounts: ["111122223333"], eventSources: [app.example.internal]}`
    const config = join(this.folder, 'contrail.yaml')
    writeFileSync(config, `ingest: {feeds: {apps: ${feed}}}\n`)
    const data = join(this.folder, 'data')
    this.#server = await startTestServer({ data, args: ['--config', config] })
  }

  get endpoint(): string {
    return `${this.#server!.url}/ingest/apps`
  }

  /** What an SDK client needs to call the server's own services. */
  get client() {
    const { url, credentials } = this.#server!
    const { accessKeyId, secret: secretAccessKey } = credentials
    return { endpoint: url, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } }
  }

  async kill(): Promise<void> {
    await this.#server?.kill()
  }

  /** Records in the journal, oldest first: those of the feed, or of the server itself. */
  records(source: 'ingest:apps' | 'own' = 'ingest:apps'): any[] {
    const found: unknown[] = []
    for (let from = 1; ; ) {
      const journal = join(this.folder, 'data/journal')
      const { records, next } = readJournal(journal, { from, to: 1e9, bytesMax: 1e7 })
      for (const one of records) {
        if (one.from === source) found.push(JSON.parse(one.record.toString()))
      }
      if (next <= from) return found
      from = next
    }
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
