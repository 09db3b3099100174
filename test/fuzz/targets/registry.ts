import { captureRecord } from '../../../src/record/captured.ts'
import { readAnswer } from '../../../src/registry/answer.ts'
import { CborError, decodeCbor } from '../../../src/registry/cbor.ts'
import { readParameters } from '../../../src/registry/parameters.ts'
import { recognise } from '../../../src/registry/recognise.ts'
import { Registry } from '../../../src/registry/registry.ts'
import type { Target } from '../fuzzer.ts'

const registry = new Registry()
const options = { registry, bucketSuffixes: ['s3.example.com'], region: 'us-east-1' }
const signed = (scope: string) =>
  `Authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261121/${scope}/aws4_request`

/** What stands between a request and its answer. */
const turn = '\n---\n'
const ids = 'x-amzn-requestid: r-1'
const call = (request: string, answer: string) => `${request}${turn}${answer}`
const form = 'Content-Type: application/x-www-form-urlencoded'

/** A request and its answer, put together from any bytes: neither they nor their record may make it throw. */
export const registryCall: Target = {
  name: 'registry-call',
  seeds: [
    call(
      `POST /\n${signed('eu-west-1/ec2')}\n${form}\n\nAction=RunInstances&Version=2016-11-15&NetworkInterface.1.PrivateIpAddresses.1.Primary=true&TagSpecification.1.Tag.1.Key=k`,
      '200\n\n<RunInstancesResponse><requestId>r</requestId><instancesSet><item><instanceId>i-1</instanceId><launchTime>2026-11-21T04:44:23Z</launchTime></item></instancesSet></RunInstancesResponse>',
    ),
    call(
      `POST /\n${signed('us-east-1/iam')}\n${form}\n\nAction=CreateUser&Version=2010-05-08&UserName=a&Tags.member.1.Key=k`,
      '409\n\n<e:ErrorResponse xmlns:e="x"><e:Error><e:Code>EntityAlreadyExists</e:Code><e:Message>m</e:Message></e:Error></e:ErrorResponse>',
    ),
    call(
      `POST /\n${signed('eu-west-1/dynamodb')}\nX-Amz-Target: DynamoDB_20120810.PutItem\n\n{"TableName":"t","Item":{"a":{"B":"AQI="}}}`,
      `400\n${ids}\nx-amzn-errortype: a#b:c\nx-amzn-query-error: d;Sender\n\n{"__type":"a#ValidationException","message":"m"}`,
    ),
    call(
      `PUT /b?versioning\n${signed('eu-west-1/s3')}\nx-amz-meta-a: b\n\n<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`,
      '200\nx-amz-id-2: h\n\n<Error><Code>InternalError</Code></Error>',
    ),
    call(
      `POST /2015-03-31/functions/f/versions?Qualifier=1\n${signed('eu-west-1/lambda')}\n\n{"CodeSha256":"a"}`,
      `201\n${ids}\n\n{"FunctionName":"f","Timeout":3,"LastModified":"2026"}`,
    ),
    call(
      `POST /service/GraniteServiceVersion20100801/operation/ListMetrics\nsmithy-protocol: rpc-v2-cbor\n${signed('eu-west-1/monitoring')}\n\n\xa1aN\x01`,
      '400\nsmithy-protocol: rpc-v2-cbor\n\n\xa1f__typeaE',
    ),
    call(
      `POST /\n${signed('us-east-1/sts')}\n${form}\n\nAction=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/r`,
      '200\nContent-Encoding: gzip\n\n\x1f\x8b',
    ),
  ],
  tokens: [
    'Action=',
    '&Version=',
    'X-Amz-Target: ',
    '%',
    '.1',
    '__proto__',
    '<Error><Code>',
    '\n\n',
    turn,
    '?acl',
    '{"',
    'Content-Encoding: gzip\n',
    '"constructor":',
  ],
  run(input) {
    const end = input.indexOf(turn)
    const request = messageOf(end < 0 ? input : input.subarray(0, end))
    const answer = messageOf(end < 0 ? input : input.subarray(end + turn.length))
    const [method = '', target = ''] = request.line.split(' ')
    const head = { method, target, rawHeaders: request.rawHeaders }
    const recognised = recognise(head, request.body, options)
    const parameters = readParameters(recognised, head, request.body)
    const answered = { status: Number.parseInt(answer.line, 10) || 200, ...answer }
    const read = readAnswer(recognised, answered, answer.body)
    readParameters(recognised, head, { ...request.body, isWhole: false })
    readAnswer(recognised, answered, { ...answer.body, isWhole: false })
    readAnswer(recognised, answered, answer.body, false)
    const { protocol, kind, model } = recognised
    const http = { query: '', headers: {}, answered: {}, bytesIn: 0, bytesOut: 0 }
    const exchange = { call: recognised, parameters, answer: read, caller: {}, sourceIp: '', http }
    JSON.stringify(captureRecord(exchange, { eventID: '', now: 0, recipientAccountId: '' }))
    const found = [parameters.members, read.members].map((one) => Object.keys(one ?? {}).length)
    return `${protocol} ${kind} ${!model} ${parameters.incomplete} ${read.incomplete} ${!read.error} ${found}`
  },
}

/** A first line, headers and a body, as far as they are there. */
function messageOf(bytes: Buffer) {
  const end = bytes.indexOf('\n\n')
  const head = bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
  const [line = '', ...lines] = head.split('\n')
  const rawHeaders = lines.flatMap((one) => one.split(/: (.*)/s).slice(0, 2))
  return {
    line,
    rawHeaders,
    body: { bytes: bytes.subarray(end < 0 ? bytes.length : end + 2), isWhole: true },
  }
}

export const registryCbor: Target = {
  name: 'registry-cbor',
  seeds: [
    'a1694e616d657370616365634e2f41',
    '9f018202039f0405ffff',
    'c1fb41d452d9ec200000',
    '7f657374726561ff',
  ].map((hex) => Buffer.from(hex, 'hex')),
  tokens: ['\xff', '\x9f', '\xbf', '\x5f', '\x7f', '\xc1', '\xfb', '\x1b'],
  run(input) {
    try {
      return typeof decodeCbor(input)
    } catch (error) {
      if (!(error instanceof CborError)) throw error
      return error.message
    }
  },
}
