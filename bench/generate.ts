// A synthetic trail: the sizes, names and skew of a mid-size organization, the same for the same seed.

/** What to generate. Times in milliseconds since the epoch. */
export type TrailShape = Readonly<{
  events: number
  /** Event times run evenly from here … */
  from: number
  /** … to here, in order, as they would arrive. */
  to: number
  seed?: number
}>

const accounts = ['111122223333', '444455556666']
const regions = ['us-east-1', 'eu-central-1', 'us-west-2']
const zipfExponent = 1.05
const nameCount = 200
const sourceCount = 60
const principalCount = 500
const roleShare = 0.66
const errorShare = 0.04
const resourceShare = 0.7
const largeShare = 0.002
const largeBytes = 20_000
/** Brings the mean of a record to 1,650 bytes, large ones included. */
const meanFillerBytes = 334
const hourMs = 3600_000

/** Records in the order of their event times, each one line of JSON. */
export function* generateTrail({ events, from, to, seed = 1 }: TrailShape): Generator<string> {
  const random = mulberry32(seed)
  const world = makeWorld(random)
  for (let i = 0; i < events; i++) {
    yield event(world, random, from + Math.floor((i * (to - from)) / events))
  }
}

/** Seeded numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

type Call = Readonly<{ name: string; source: string; readOnly: boolean; type: string }>
type Person = Readonly<{
  index: number
  role: boolean
  name: string
  id: string
  key: string
  agent: string
}>
type World = Readonly<{
  calls: readonly Call[]
  pickCall(): Call
  people: readonly Person[]
  pickPerson(): Person
  filler: string
}>

const verbs = [
  'Describe',
  'Get',
  'List',
  'Put',
  'Create',
  'Update',
  'Delete',
  'Assume',
  'Run',
  'Tag',
]
const nouns = [
  'Instance',
  'Bucket',
  'Role',
  'Queue',
  'Table',
  'Function',
  'Key',
  'Policy',
  'Stream',
]
const agents = [
  'aws-cli/2.15.30 Python/3.11.8 Linux/5.15.0-1056-aws exe/x86_64.ubuntu.22 prompt/off command/ec2.describe-instances',
  'Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.10.213 md/arch#x86_64 lang/python#3.12.2 md/pyimpl#CPython',
  'APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.42.0 aws-sdk-go-v2/1.26.0',
  'aws-sdk-java/2.25.16 Linux/6.1.79 OpenJDK_64-Bit_Server_VM/21.0.2+13-LTS Java/21.0.2 kotlin/1.9.22 vendor/Amazon.com_Inc.',
]

function makeWorld(random: () => number): World {
  const sources = Array.from({ length: sourceCount }, (_, i) => `service${i + 1}.amazonaws.com`)
  const calls = Array.from({ length: nameCount }, (_, i): Call => {
    const verb = verbs[i % verbs.length]!
    const noun = nouns[Math.floor(i / verbs.length) % nouns.length]!
    return {
      name: `${verb}${noun}${i}`,
      source: sources[Math.floor(random() ** 2 * sourceCount)]!,
      readOnly: ['Describe', 'Get', 'List', 'Assume'].includes(verb),
      type: `AWS::Service${i % sourceCount}::${noun}`,
    }
  })
  const people = Array.from({ length: principalCount }, (_, i): Person => {
    const role = random() < roleShare
    return {
      index: i,
      role,
      name: role ? `deploy-role-${i}` : `user-${i}`,
      id: upper(random, 17),
      key: `AKIA${upper(random, 16)}`,
      agent: agents[i % agents.length]!,
    }
  })
  return {
    calls,
    pickCall: zipf(calls, random),
    people,
    pickPerson: zipf(people, random),
    filler: Array.from({ length: 64 }, () => hex(random, 512)).join(''),
  }
}

function event(world: World, random: () => number, ms: number): string {
  const call = world.pickCall()
  const person = world.pickPerson()
  const account = accounts[random() < 0.8 ? 0 : 1]!
  const region = regions[Math.floor(random() ** 3 * regions.length)]!
  const time = `${new Date(ms).toISOString().slice(0, 19)}Z`
  const identity = person.role
    ? session(person, account, ms)
    : `{"type":"IAMUser","principalId":"AIDA${person.id}","arn":"arn:aws:iam::${account}:user/${person.name}","accountId":"${account}","accessKeyId":"${person.key}","userName":"${person.name}"}`
  const failed = random() < errorShare
  const error = failed
    ? `"errorCode":"AccessDenied","errorMessage":"User: ${person.name} is not authorized to perform: ${call.name}",`
    : ''
  const name = `${call.type.split('::')[2]!.toLowerCase()}-${Math.floor(random() ** 2 * 20_000)}`
  const arn = `arn:aws:svc:${region}:${account}:${name}`
  const resources =
    random() < resourceShare
      ? `"resources":[{"accountId":"${account}","type":"${call.type}","ARN":"${arn}"}],`
      : ''
  const large = random() < largeShare
  const fillerBytes = large ? largeBytes : Math.floor(random() * 2 * meanFillerBytes)
  const start = Math.floor(random() * (world.filler.length - fillerBytes))
  const filler = world.filler.slice(start, start + fillerBytes)
  const response =
    call.readOnly || failed ? 'null' : `{"name":"${name}","requestId":"${uuid(random)}"}`
  return (
    `{"eventVersion":"1.09","userIdentity":${identity},"eventTime":"${time}","eventSource":"${call.source}",` +
    `"eventName":"${call.name}","awsRegion":"${region}","sourceIPAddress":"10.${Math.floor(random() * 8)}.${Math.floor(random() * 250)}.7",` +
    `"userAgent":"${person.agent}",${error}"requestParameters":{"name":"${name}","detail":"${filler}"},` +
    `"responseElements":${response},"requestID":"${uuid(random)}","eventID":"${uuid(random)}","readOnly":${call.readOnly},${resources}` +
    `"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"${account}","eventCategory":"Management",` +
    `"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"${call.source}"}}`
  )
}

/** Roles are taken in sessions of an hour, each with its own name and key. */
function session(person: Person, account: string, ms: number): string {
  const hour = Math.floor(ms / hourMs)
  const sessionName = `${person.name}-${hour}`
  const random = mulberry32(hour * principalCount + person.index)
  const key = `ASIA${upper(random, 16)}`
  const role = `arn:aws:iam::${account}:role/${person.name}`
  return (
    `{"type":"AssumedRole","principalId":"AROA${person.id}:${sessionName}","arn":"arn:aws:sts::${account}:assumed-role/${person.name}/${sessionName}",` +
    `"accountId":"${account}","accessKeyId":"${key}","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA${person.id}","arn":"${role}",` +
    `"accountId":"${account}","userName":"${person.name}"},"attributes":{"creationDate":"${new Date(hour * hourMs).toISOString().slice(0, 19)}Z","mfaAuthenticated":"false"}}}`
  )
}

/** Draws by rank: the n-th is `n ** exponent` times rarer than the first. */
function zipf<T>(values: readonly T[], random: () => number): () => T {
  let sum = 0
  const sums = values.map((_, i) => (sum += 1 / (i + 1) ** zipfExponent))
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return values[low]!
  }
}

const hexDigits = '0123456789abcdef'
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function hex(random: () => number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += hexDigits[Math.floor(random() * 16)]
  return text
}

function upper(random: () => number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += base32[Math.floor(random() * 32)]
  return text
}

function uuid(random: () => number): string {
  const part = () =>
    Math.floor(random() * 65536)
      .toString(16)
      .padStart(4, '0')
  return `${part()}${part()}-${part()}-4${part().slice(1)}-a${part().slice(1)}-${part()}${part()}${part()}`
}
