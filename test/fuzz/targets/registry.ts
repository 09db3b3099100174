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

/** A request and its answer, put together from any bytes: neither they nor their parts may make it throw. */
export const registryCall: Target = {
  name: 'registry-call',
  seeds: [
    `POST /\n${signed('eu-west-1/ec2')}\nContent-Type: application/x-www-form-urlencoded\n\nAction=RunInstances&Version=2016-11-15&Filter.1.Value.1=a`,
    `POST /\n${signed('eu-west-1/dynamodb')}\nX-Amz-Target: DynamoDB_20120810.PutItem\n\n{"TableName":"t","Item":{"a":{"B":"AQI="}}}`,
    `PUT /b?versioning\n${signed('eu-west-1/s3')}\n\n<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`,
    `GET /2015-03-31/functions/f?Qualifier=1\n${signed('eu-west-1/lambda')}\n\n`,
    `POST /service/GraniteServiceVersion20100801/operation/ListMetrics\nsmithy-protocol: rpc-v2-cbor\n${signed('eu-west-1/monitoring')}\n\n\xa1aN\x01`,
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
    '?acl',
  ],
  run(input) {
    const end = input.indexOf('\n\n')
    const [line = '', ...lines] = input
      .toString('latin1', 0, end < 0 ? input.length : end)
      .split('\n')
    const [method = '', target = ''] = line.split(' ')
    const rawHeaders = lines.flatMap((one) => one.split(/: (.*)/s).slice(0, 2))
    const head = { method, target, rawHeaders }
    const body = { bytes: input.subarray(end < 0 ? input.length : end + 2), isWhole: true }
    const recognised = recognise(head, body, options)
    const parameters = readParameters(recognised, head, body)
    const answer = readAnswer(recognised, { status: 200, rawHeaders }, body)
    readParameters(recognised, head, { ...body, isWhole: false })
    readAnswer(recognised, { status: 400, rawHeaders }, body)
    const { protocol, kind, model } = recognised
    return `${protocol} ${kind} ${!model} ${parameters.incomplete} ${answer.incomplete} ${!answer.error}`
  },
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
