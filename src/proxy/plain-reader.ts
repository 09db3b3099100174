import type { CallReader } from './describe.ts'
import { headerOf } from './message-head.ts'

/** Knows no models: names calls by what the wire says of them. */
export const plainReader: CallReader = {
  recognise({ request, requestBody }, claim) {
    const signingName = claim?.service ?? 'unknown'
    const target = headerOf(request, 'x-amz-target')?.split('.').at(-1)
    const action = /(?:^|&)Action=([A-Za-z0-9]+)/.exec(requestBody.bytes.toString('latin1'))?.[1]
    const operation = target ?? action ?? `${request.method} ${request.target.split('?', 1)[0]}`
    return {
      signingName,
      eventSource: `${signingName}.amazonaws.com`,
      operation,
      eventName: operation,
      protocol: 'unknown',
      region: claim?.region ?? 'us-east-1',
    }
  },
  parameters: () => ({}),
  answer: (_, { answer }) => ({ status: answer!.status }),
}
