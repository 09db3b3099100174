import type { AwsCredentials } from '../s3-client/s3-requests.ts'
import type { Send } from '../s3-client/transport.ts'
import { signRequest } from '../wire/sigv4/sign.ts'

export type QueueMessage = Readonly<{ id: string; body: string; receipt: string }>

export type QueueAccess = Readonly<{
  /** As SQS names it: `https://sqs.eu-west-1.amazonaws.com/111122223333/name`. */
  url: URL
  region: string
  credentials: AwsCredentials
  send: Send
  /** Milliseconds since the epoch. */
  now(): number
  pause(ms: number): Promise<void>
}>

/** As many as SQS gives at once. */
const messagesMax = 10
/** So long a call waits for a message, in seconds; the most that SQS allows. */
const waitSeconds = 20
/** So long a message is ours: importing what it tells of takes less, and if not, it only comes once more. */
const visibilitySeconds = 900
const attemptsMax = 6
const firstPauseMs = 250

/** A queue on any SQS endpoint, by signed requests of its JSON protocol. */
export class Queue {
  readonly #access: QueueAccess

  constructor(access: QueueAccess) {
    this.#access = access
  }

  /** What is there now, or comes within 20 seconds; it stays in the queue until it is removed. */
  async receive(): Promise<readonly QueueMessage[]> {
    const { Messages: messages } = await this.#call('ReceiveMessage', {
      MaxNumberOfMessages: messagesMax,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: visibilitySeconds,
    })
    if (!Array.isArray(messages)) return []
    return messages.map(({ MessageId: id, Body: body, ReceiptHandle: receipt }) => {
      return { id: String(id), body: String(body), receipt: String(receipt) }
    })
  }

  /** Removes messages for good. One that is not removed comes again, which does no harm. */
  async remove(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length === 0) return
    const Entries = messages.map(({ receipt }, i) => ({ Id: String(i), ReceiptHandle: receipt }))
    await this.#call('DeleteMessageBatch', { Entries })
  }

  /** Tries again, with growing pauses, while the queue is away or busy. */
  async #call(operation: string, input: object): Promise<Record<string, unknown>> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#send(operation, input).catch((error: Error) => error)
      const isDone = !(answer instanceof Error) && answer.status === 200
      if (isDone) return JSON.parse(answer.text || '{}')
      const mayPass = answer instanceof Error || answer.status >= 500 || answer.status === 429
      if (!mayPass || attempt === attemptsMax) throw refusal(this.#access.url, operation, answer)
      await this.#access.pause(firstPauseMs * 2 ** (attempt - 1))
    }
  }

  async #send(operation: string, input: object): Promise<{ status: number; text: string }> {
    const { url, region, credentials, send, now } = this.#access
    const { accessKeyId, secret, sessionToken } = credentials
    const body = Buffer.from(JSON.stringify({ QueueUrl: url.href, ...input }))
    const endpoint = new URL('/', url)
    const headers = signRequest({
      method: 'POST',
      url: endpoint,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${operation}`,
        ...(sessionToken && { 'x-amz-security-token': sessionToken }),
      },
      body,
      service: 'sqs',
      region,
      accessKeyId,
      secret,
      now: now(),
    })
    const answer = await send({ method: 'POST', url: endpoint, headers, body })
    const chunks: Buffer[] = []
    for await (const chunk of answer.body) chunks.push(chunk)
    return { status: answer.status, text: Buffer.concat(chunks).toString('utf8') }
  }
}

function refusal(url: URL, operation: string, answer: Error | { status: number; text: string }) {
  const prefix = `the queue ${url.href} refuses ${operation}`
  if (answer instanceof Error) return new Error(`${prefix}: ${answer.message}`, { cause: answer })
  const code = /"__type"\s*:\s*"(?:[^"]*#)?([^"]+)"/.exec(answer.text)?.[1]
  const message = /"[mM]essage"\s*:\s*"([^"]*)"/.exec(answer.text)?.[1]
  return new Error(
    `${prefix}: ${code ?? `HTTP status ${answer.status}`}${message ? ` (${message})` : ''}`,
  )
}
