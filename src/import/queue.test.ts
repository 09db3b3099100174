import { describe, expect, test } from 'vitest'
import type { Outgoing } from '../s3-client/transport.ts'
import { Queue } from './queue.ts'

type Scripted = { status: number; body: object } | Error

function queueThat(...answers: Scripted[]) {
  const asked: Array<Outgoing & { input: unknown }> = []
  const pauses: number[] = []
  const queue = new Queue({
    url: new URL('https://sqs.eu-west-1.amazonaws.com/111122223333/trail'),
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secret: 'secret', sessionToken: 'token' },
    now: () => Date.UTC(2026, 10, 21),
    pause: async (ms) => void pauses.push(ms),
    send: async (request) => {
      asked.push({ ...request, input: JSON.parse(String(request.body)) })
      const answer = answers.shift()!
      if (answer instanceof Error) throw answer
      const body = [Buffer.from(JSON.stringify(answer.body))]
      return { status: answer.status, headers: {}, body: body.values() as any }
    },
  })
  return { queue, asked, pauses }
}

const message = { MessageId: 'm', Body: 'text', ReceiptHandle: 'r' }

test('messages are asked for, signed for the queue’s Region, and removed', async () => {
  const { queue, asked } = queueThat(
    { status: 200, body: { Messages: [message] } },
    { status: 200, body: {} },
    { status: 200, body: {} },
  )
  const messages = await queue.receive()
  expect(messages).toEqual([{ id: 'm', body: 'text', receipt: 'r' }])
  await queue.remove(messages)
  await queue.remove([])
  expect(await queue.receive()).toEqual([])
  expect(asked.map(({ headers }) => headers['x-amz-target'])).toEqual([
    'AmazonSQS.ReceiveMessage',
    'AmazonSQS.DeleteMessageBatch',
    'AmazonSQS.ReceiveMessage',
  ])
  const [{ url, headers, input }] = asked as [(typeof asked)[0]]
  expect(url.href).toBe('https://sqs.eu-west-1.amazonaws.com/')
  expect(headers['authorization']).toContain('/20261121/eu-west-1/sqs/aws4_request')
  expect(headers['x-amz-security-token']).toBe('token')
  expect(input).toMatchObject({
    QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/trail',
    MaxNumberOfMessages: 10,
  })
  expect(asked[1]!.input).toMatchObject({ Entries: [{ Id: '0', ReceiptHandle: 'r' }] })
})

describe('a queue that does not answer', () => {
  test('is asked again, ever later', async () => {
    const { queue, pauses } = queueThat(
      new Error('reset'),
      { status: 503, body: {} },
      { status: 200, body: { Messages: [message] } },
    )
    expect(await queue.receive()).toHaveLength(1)
    expect(pauses).toEqual([250, 500])
  })

  test('is given up after six times', async () => {
    const { queue, pauses } = queueThat(...Array(6).fill(new Error('reset')))
    await expect(queue.receive()).rejects.toThrow('refuses ReceiveMessage: reset')
    expect(pauses).toHaveLength(5)
  })

  test('and one that refuses is not asked again', async () => {
    const body = { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'No such queue.' }
    const { queue, pauses } = queueThat({ status: 400, body })
    await expect(queue.receive()).rejects.toThrow(
      'the queue https://sqs.eu-west-1.amazonaws.com/111122223333/trail refuses ReceiveMessage: ' +
        'QueueDoesNotExist (No such queue.)',
    )
    expect(pauses).toEqual([])
  })
})
