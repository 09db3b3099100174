// A life full of incidents for trails and their buckets on a real server: whatever is asked may be cut off by a kill.
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  ListTrailsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Random } from '../fuzz/random.ts'
import type { TestServer } from '../server.ts'
import { clientOptions } from './load.ts'

export const regions = ['us-east-1', 'eu-west-1', 'ap-south-1']
/** A trail each: its name, its home and whether it begins in all Regions. Its bucket is called alike. */
export const trails = [
  { name: 'everywhere', home: 'us-east-1', multi: true },
  { name: 'europe', home: 'eu-west-1', multi: false },
  { name: 'changing', home: 'us-east-1', multi: true },
] as const
type Trail = (typeof trails)[number]

export const bucketOf = ({ name }: Pick<Trail, 'name'>) => `logs-of-${name}`
const work = 'work-files'

const management = { Field: 'eventCategory', Equals: ['Management'] }
const data = [
  { Field: 'eventCategory', Equals: ['Data'] },
  { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
]
const arn = (key: string) => `arn:aws:s3:::${work}/${key}`
const objects = (...Values: string[]) => [{ Type: 'AWS::S3::Object', Values }]
const advanced = (...fields: object[][]) => ({
  AdvancedEventSelectors: fields.map((FieldSelectors) => ({ FieldSelectors })) as never,
})

const selectors = [
  { EventSelectors: [{ ReadWriteType: 'All' as const }] },
  { EventSelectors: [{ ReadWriteType: 'ReadOnly' as const, DataResources: objects(arn('a')) }] },
  {
    EventSelectors: [
      {
        ReadWriteType: 'WriteOnly' as const,
        IncludeManagementEvents: false,
        DataResources: objects('arn:aws:s3'),
      },
      {
        ReadWriteType: 'ReadOnly' as const,
        ExcludeManagementEventSources: ['kms.amazonaws.com'],
      },
    ],
  },
  advanced([management], [...data, { Field: 'readOnly', Equals: ['false'] }]),
  advanced([management, { Field: 'readOnly', Equals: ['true'] }]),
  advanced([...data, { Field: 'resources.ARN', StartsWith: [arn('a'), arn('b')] }]),
  advanced([
    ...data,
    { Field: 'resources.ARN', StartsWith: [arn('')], NotEndsWith: ['1', '2'] },
    { Field: 'eventName', NotEquals: ['GetObject'] },
  ]),
  advanced([...data, { Field: 'eventName', EndsWith: ['Object'], NotStartsWith: ['Delete'] }]),
]

export class TrailLife {
  readonly #random: Random
  readonly #options: ReturnType<typeof clientOptions>
  readonly #s3: S3Client
  readonly #iam: IAMClient
  #isOver = false

  constructor(server: TestServer, random: Random) {
    this.#random = random
    this.#options = clientOptions(server)
    this.#s3 = new S3Client({ ...this.#options, forcePathStyle: true })
    this.#iam = new IAMClient(this.#options)
  }

  #cloudtrail(region: string): CloudTrailClient {
    return new CloudTrailClient({ ...this.#options, region })
  }

  /** Buckets with policies, and the trails, started. */
  async begin(): Promise<void> {
    await this.#s3.send(new CreateBucketCommand({ Bucket: work }))
    for (const trail of trails) {
      await this.#s3.send(new CreateBucketCommand({ Bucket: bucketOf(trail) }))
      await this.allow(trail)
      await this.#create(trail)
      const Name = trail.name
      await this.#cloudtrail(trail.home).send(new StartLoggingCommand({ Name }))
    }
  }

  /** Calls and changes, until the server is killed. */
  async live(): Promise<void> {
    await Promise.all([this.#calls(), this.#calls(), this.#changes()])
  }

  end(): void {
    this.#isOver = true
  }

  /** Buckets take files again, and nothing is logged any more. */
  async stopAll(): Promise<void> {
    for (const trail of trails) {
      await this.allow(trail)
      const cloudtrail = this.#cloudtrail(trail.home)
      const { Trails = [] } = await cloudtrail.send(new ListTrailsCommand({}))
      if (!Trails.some(({ Name }) => Name === trail.name)) continue
      await cloudtrail.send(new StopLoggingCommand({ Name: trail.name }))
    }
  }

  async allow(trail: Trail): Promise<void> {
    const Bucket = bucketOf(trail)
    const statement = (Action: string, Resource: string) => ({
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action,
      Resource,
    })
    const Statement = [
      statement('s3:GetBucketAcl', `arn:aws:s3:::${Bucket}`),
      statement('s3:PutObject', `arn:aws:s3:::${Bucket}/AWSLogs/*`),
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await this.#s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  }

  /** The bucket takes no more files. */
  async refuse(trail: Trail): Promise<void> {
    await this.#s3.send(new DeleteBucketPolicyCommand({ Bucket: bucketOf(trail) }))
  }

  async #create(trail: Trail): Promise<void> {
    const { name: Name, home, multi } = trail
    await this.#cloudtrail(home).send(
      new CreateTrailCommand({
        Name,
        S3BucketName: bucketOf(trail),
        IsMultiRegionTrail: multi,
        EnableLogFileValidation: true,
      }),
    )
  }

  async #calls(): Promise<void> {
    while (!this.#isOver) {
      const Key = `${this.#random.pick(['a', 'b', 'c'])}/${this.#random.below(5)}`
      const object = { Bucket: work, Key }
      const region = this.#random.pick(regions)
      const users = { UserName: `user-${this.#random.below(1_000_000)}` }
      await this.#try(
        this.#random.pick([
          () => this.#s3.send(new PutObjectCommand({ ...object, Body: Key })),
          () => this.#s3.send(new GetObjectCommand(object)),
          () => this.#s3.send(new DeleteObjectCommand(object)),
          () => this.#iam.send(new CreateUserCommand(users)),
          () => this.#iam.send(new GetUserCommand(users)),
          () => new STSClient({ ...this.#options, region }).send(new GetCallerIdentityCommand({})),
        ]),
      )
    }
  }

  async #changes(): Promise<void> {
    while (!this.#isOver) {
      const trail = this.#random.pick(trails)
      const { name: Name } = trail
      const cloudtrail = this.#cloudtrail(trail.home)
      const update = () =>
        new UpdateTrailCommand({
          Name,
          IsMultiRegionTrail: this.#random.below(2) === 0,
          IncludeGlobalServiceEvents: true,
        })
      const put = { TrailName: Name, ...this.#random.pick(selectors) }
      const start = () => cloudtrail.send(new StartLoggingCommand({ Name }))
      await this.#try(
        this.#random.pick([
          start,
          start,
          start,
          () => cloudtrail.send(new StopLoggingCommand({ Name })),
          () => cloudtrail.send(new PutEventSelectorsCommand(put)),
          () => cloudtrail.send(new PutEventSelectorsCommand(put)),
          () => cloudtrail.send(new PutEventSelectorsCommand(put)),
          () => cloudtrail.send(update()),
          () => cloudtrail.send(new DeleteTrailCommand({ Name })),
          () => this.#create(trail),
          () => this.#create(trail).then(start),
          () => this.refuse(trail),
          () => this.allow(trail),
          () => this.allow(trail),
        ]),
      )
      await new Promise((done) => setTimeout(done, 10 + this.#random.below(60)))
    }
  }

  /** Refused, failed and cut off are all the same here: the journal says what came of it. */
  async #try(call: () => Promise<unknown>): Promise<void> {
    await call().catch(() => undefined)
  }
}
