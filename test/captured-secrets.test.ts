// No member that a model marks as sensitive, nor one that is known to be a secret, comes into a record, of any
// operation of these services, asked or answered.
import { describe, expect, test } from 'vitest'
import type { ServiceModel } from '../src/gen/model.ts'
import { captureRecord } from '../src/record/captured.ts'
import { Registry } from '../src/registry/registry.ts'

const secret = 'a secret value'
/** Marked, or secret by their names. */
const secretName =
  /^(SecretAccessKey|Password|NewPassword|OldPassword|MasterUserPassword|SecretString|SecretBinary|Plaintext|PrivateKey|KeyMaterial|UserData|AuthToken|ZipFile|TokenCode|SAMLAssertion|WebIdentityToken)$/
/** Marked in the models; an audit trail is for them, and a session token is worth nothing alone. */
const shown = new Set(['AccessKeyId', 'UserName', 'SessionToken'])

/** Secret text in all that is marked, plain text elsewhere. */
function filled(name: string, { shapes }: ServiceModel, isSecret: boolean, depth = 0): unknown {
  const shape = shapes[name]!
  const hides = isSecret || shape.sensitive === true
  const of = (one: string, secretly = hides) =>
    filled(one, { shapes } as ServiceModel, secretly, depth + 1)
  switch (shape.type) {
    case 'structure': {
      const members = depth > 5 ? [] : Object.entries(shape.members)
      return Object.fromEntries(
        members.map(([member, { shape: one, sensitive }]) => {
          const isMarked =
            !shown.has(member) && (hides || sensitive === true || secretName.test(member))
          return [member, shown.has(member) ? 'a' : of(one, isMarked)]
        }),
      )
    }
    case 'list':
      return depth > 5 ? [] : [of(shape.member)]
    case 'map':
      return depth > 5 ? {} : { a: of(shape.value) }
    case 'timestamp':
      return new Date(0)
    case 'boolean':
      return true
    case 'blob':
      return Buffer.from(hides ? secret : 'a')
    default:
      return shape.type === 'string' ? (hides ? secret : 'a') : 1
  }
}

const registry = new Registry()
const services =
  'cognito-idp dynamodb ec2 ecs elasticache iam kinesis kms lambda rds redshift secretsmanager sns sqs ssm sts'

describe.each(services.split(' '))('%s', (signingName) => {
  const model = registry
    .servicesOf(signingName)
    .filter(({ name }) => name === signingName)
    .map((entry) => registry.load(entry).model)[0]!

  test('shows no secret', () => {
    const encoded = Buffer.from(secret).toString('base64')
    const told = Object.entries(model.operations).filter(([operation, { input, output }]) => {
      const call = {
        signingName,
        eventSource: `${signingName}.amazonaws.com`,
        operation,
        eventName: operation,
        protocol: 'awsQuery',
        region: 'us-east-1',
        model,
      }
      const members = (shape?: string) =>
        shape ? (filled(shape, model, false) as Record<string, unknown>) : {}
      const record = captureRecord(
        {
          call,
          parameters: { members: members(input) },
          answer: { status: 200, members: members(output) },
          caller: {},
          sourceIp: '192.0.2.1',
          http: { query: '', headers: {}, answered: {}, bytesIn: 0, bytesOut: 0 },
        },
        { eventID: 'e', now: 0, recipientAccountId: '111122223333' },
      )
      const text = JSON.stringify(record)
      return text.includes(secret) || text.includes(encoded)
    })
    expect(told.map(([operation]) => operation)).toEqual([])
  })
})
