// A scripted load of signed calls and bulk records, which keeps outside the server what was acknowledged.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  paginateListAccessKeys,
  paginateListUsers,
} from '@aws-sdk/client-iam'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { TestServer } from '../server.ts'

/** Clients of a server that may vanish: nothing is tried twice behind our back. */
export function clientOptions({ url, credentials }: TestServer) {
  return {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secret },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true }) }),
  }
}

type Answer = { $metadata: { requestId?: string; httpStatusCode?: number } }

export class Load {
  /** Of calls that were answered with anything but a failure of the server. */
  readonly requestIDs: string[] = []
  /** Bulk records that were accepted, by event id, and those that nobody knows of yet. */
  readonly eventIDs: string[] = []
  unanswered: BulkRecord[][] = []
  readonly users: string[] = []
  readonly keys: string[] = []
  /** Answers that said the server had failed. */
  failures = 0
  #gone = false

  /** Lanes of calls, and one of bulk records beside each, until done or the server is gone. */
  async run(server: TestServer, calls: number, lanes = 1): Promise<void> {
    const iam = new IAMClient(clientOptions(server))
    this.#gone = false
    const lane = () => Promise.all([this.#calls(iam, calls), this.#bulk(server, calls)])
    try {
      await Promise.all(Array.from({ length: lanes }, lane))
    } finally {
      iam.destroy()
    }
  }

  /** Sends again what was not answered, until all of it is acknowledged. */
  async sendUnanswered(server: TestServer): Promise<void> {
    for (const records of this.unanswered.splice(0)) {
      const { accepted, duplicates } = (await post(server, records))!
      if (accepted + duplicates !== records.length) throw new Error('Refused what is sent again')
      this.eventIDs.push(...records.map(({ eventID }) => eventID))
    }
  }

  /** A call that changes something. False when the server failed or is gone. */
  async createUser(iam: IAMClient, name = `user-${randomUUID()}`): Promise<boolean> {
    const answered = await this.#acknowledge(iam.send(new CreateUserCommand({ UserName: name })))
    if (answered) this.users.push(name)
    return answered !== undefined
  }

  async #calls(iam: IAMClient, calls: number): Promise<void> {
    for (let i = 0; i < calls && !this.#gone; i++) {
      const name = `user-${randomUUID()}`
      const [created] = await Promise.all([
        this.createUser(iam, name),
        this.#acknowledge(iam.send(new GetUserCommand({ UserName: 'nobody' }))),
      ])
      if (!created) continue
      const key = await this.#acknowledge(iam.send(new CreateAccessKeyCommand({ UserName: name })))
      if (key) this.keys.push(key.AccessKey!.AccessKeyId!)
    }
  }

  async #bulk(server: TestServer, calls: number): Promise<void> {
    for (let i = 0; i < calls && !this.#gone; i++) {
      const records = Array.from({ length: 5 }, bulkRecord)
      const answer = await post(server, records).catch(() => {
        this.#gone = true
      })
      if (answer) this.eventIDs.push(...records.map(({ eventID }) => eventID))
      else {
        if (!this.#gone) this.failures++
        this.unanswered.push(records)
      }
    }
  }

  /** Notes an answer; undefined when there was none, or it told of a failure. */
  async #acknowledge<T extends Answer>(call: Promise<T>): Promise<T | undefined> {
    try {
      const answer = await call
      this.requestIDs.push(answer.$metadata.requestId!)
      return answer
    } catch (error) {
      const { requestId, httpStatusCode = 0 } = (error as Partial<Answer>).$metadata ?? {}
      if (httpStatusCode >= 400 && httpStatusCode < 500) this.requestIDs.push(requestId!)
      else if (httpStatusCode === 0) this.#gone = true
      else this.failures++
      return undefined
    }
  }
}

type BulkRecord = ReturnType<typeof bulkRecord>

/** Posts records; undefined when the server said that it failed. Rejects when it is gone. */
async function post({ url, data }: TestServer, records: readonly BulkRecord[]) {
  const token = readFileSync(join(data, 'ingest-tokens'), 'utf8').trim().split(' ')[1]
  const response = await fetch(`${url}/ingest/cloudtrail`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: records.map((record) => JSON.stringify(record)).join('\n'),
  })
  const answer = (await response.json()) as { accepted: number; duplicates: number }
  return response.ok ? answer : undefined
}

function bulkRecord() {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'Root', principalId: '000000000000', accountId: '000000000000' },
    eventTime: `${new Date().toISOString().slice(0, 19)}Z`,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'RunInstances',
    awsRegion: 'us-east-1',
    sourceIPAddress: '198.51.100.7',
    userAgent: 'load',
    requestParameters: { filler: 'x'.repeat(800) },
    responseElements: null,
    requestID: randomUUID(),
    eventID: String(randomUUID()),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '000000000000',
    eventCategory: 'Management',
  }
}

/** The users and access keys that IAM shows. */
export async function visible(server: TestServer): Promise<{ users: string[]; keys: string[] }> {
  const client = new IAMClient({ ...clientOptions(server), maxAttempts: 3 })
  const users: string[] = []
  const keys: string[] = []
  for await (const page of paginateListUsers({ client }, {})) {
    users.push(...page.Users!.map(({ UserName }) => UserName!))
  }
  for (const UserName of users) {
    for await (const page of paginateListAccessKeys({ client }, { UserName })) {
      keys.push(...page.AccessKeyMetadata!.map(({ AccessKeyId }) => AccessKeyId!))
    }
  }
  client.destroy()
  return { users, keys }
}

/** Event ids of all that LookupEvents shows, as often as it shows them. */
export async function lookup(server: TestServer): Promise<string[]> {
  const client = new CloudTrailClient({ ...clientOptions(server), maxAttempts: 3 })
  const found: string[] = []
  for await (const page of paginateLookupEvents({ client, pageSize: 50 }, {})) {
    found.push(...page.Events!.map(({ EventId }) => EventId!))
  }
  client.destroy()
  return found
}
