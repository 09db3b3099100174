// Terraform with the stock AWS provider makes, changes, imports and destroys buckets and trails: the cases of
// its own acceptance tests that need no other service, several trails at a time because each run costs seconds.
import { CloudTrailClient, DeleteTrailCommand } from '@aws-sdk/client-cloudtrail'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { hasTerraform, Terraform } from '../terraform.ts'
import { aws } from '../tools.ts'

const present = hasTerraform('Terraform on buckets and trails')
const minutes = 60_000
const account = '000000000000'

let server: TestServer
let terraform: Terraform

function withServer(): void {
  beforeAll(async () => {
    server = await startTestServer()
    terraform = new Terraform(server)
  })
  afterAll(async () => {
    terraform.remove()
    await removeTestServer(server)
  })
}

const providers = `
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}
provider "aws" {
  alias             = "eu"
  region            = "eu-west-1"
  s3_use_path_style = true
}
provider "aws" {
  alias             = "ap"
  region            = "ap-south-1"
  s3_use_path_style = true
}
`

describe.skipIf(!present)('aws_s3_bucket', () => {
  withServer()

  // The provider waits for a minute after it has set life-cycle rules, so they are set once.
  const bucket = (more: string) => `${providers}
resource "aws_s3_bucket" "b" {
  bucket              = "audit-trail-of-contrail"
  object_lock_enabled = true
  force_destroy       = true
  ${more}
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = "BucketOwnerEnforced" }
}
`
  const rules = (days: number, lockDays: number) => `
resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "old"
    status = "Enabled"
    filter { prefix = "AWSLogs/" }
    expiration { days = ${days} }
    noncurrent_version_expiration { noncurrent_days = 30 }
    abort_incomplete_multipart_upload { days_after_initiation = 7 }
  }
}
resource "aws_s3_bucket_object_lock_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = ${lockDays}
    }
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Sid       = "AclCheck"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = aws_s3_bucket.b.arn
    }]
  })
}
resource "aws_s3_bucket" "plain" {
  bucket        = "notes-of-contrail"
  force_destroy = true
}
resource "aws_s3_object" "note" {
  bucket  = aws_s3_bucket.plain.id
  key     = "notes/one.txt"
  content = "kept for ${days} days"
}
`

  test('with all its settings is made, and the plan is then empty', {
    timeout: 3 * minutes,
  }, async () => {
    await terraform.init(bucket('tags = { team = "audit" }') + rules(365, 1))
    await terraform.apply()
    expect(await terraform.plan()).toEqual([])
  })

  test('is changed, and the plan is then empty', { timeout: 3 * minutes }, async () => {
    terraform.configure(bucket('tags = { team = "security", level = "1" }') + rules(365, 2))
    await terraform.apply()
    expect(await terraform.plan()).toEqual([])
    const tags = await aws(
      server.clientEnv,
      's3api',
      'get-bucket-tagging',
      '--bucket',
      'audit-trail-of-contrail',
    )
    expect(tags.TagSet).toEqual(
      expect.arrayContaining([
        { Key: 'team', Value: 'security' },
        { Key: 'level', Value: '1' },
      ]),
    )
  })

  test('is imported with what lies in it', { timeout: 4 * minutes }, async () => {
    const name = 'audit-trail-of-contrail'
    await terraform.reimport('aws_s3_bucket_versioning.b', name)
    await terraform.reimport('aws_s3_bucket_lifecycle_configuration.b', name)
    await terraform.reimport('aws_s3_bucket_object_lock_configuration.b', name)
    await terraform.reimport('aws_s3_bucket_policy.b', name)
    expect(await terraform.plan()).toEqual([])
  })

  test('is destroyed', { timeout: 3 * minutes }, async () => {
    await terraform.destroy()
    const { Buckets } = await aws(server.clientEnv, 's3api', 'list-buckets')
    expect(Buckets).toEqual([])
  })
})

const bucketOfTrails = `${providers}
resource "aws_s3_bucket" "logs" {
  bucket        = "logs-of-contrail"
  force_destroy = true
}
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      {
        Sid       = "AWSCloudTrailAclCheck20150319"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = aws_s3_bucket.logs.arn
      },
      {
        Sid       = "AWSCloudTrailWrite20150319"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "\${aws_s3_bucket.logs.arn}/*"
        Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
    ]
  })
}
`

/** A trail as HCL; what is the same in all cases is filled in. */
function trail(name: string, settings = '', region?: 'eu' | 'ap'): string {
  return `
resource "aws_cloudtrail" "${name}" {
  name           = "${name}-trail"
  s3_bucket_name = aws_s3_bucket_policy.logs.bucket
  ${region ? `provider = aws.${region}` : ''}
  ${settings}
}
`
}

const s3Values = (...values: string[]) => `
  event_selector {
    read_write_type           = "ReadOnly"
    include_management_events = false
    data_resource {
      type   = "AWS::S3::Object"
      values = [${values.map((value) => `"${value}"`).join(', ')}]
    }
  }`
const writeOnly = 'event_selector { read_write_type = "WriteOnly" }'
const functions = `
  event_selector {
    read_write_type           = "All"
    include_management_events = false
    data_resource {
      type   = "AWS::Lambda::Function"
      values = ["arn:aws:lambda:us-east-1:${account}:function:f"]
    }
  }`
const excluding = (...sources: string[]) => `
  event_selector {
    exclude_management_event_sources = [${sources.map((source) => `"${source}"`).join(', ')}]
  }`
const insight = (...types: string[]) =>
  types.map((type) => `insight_selector { insight_type = "${type}" }`).join('\n')
const field = (name: string, operator: string, ...values: string[]) =>
  `field_selector {\n field = "${name}"\n ${operator} = [${values.map((value) => `"${value}"`).join(', ')}]\n}`
const advanced = (name: string, ...fields: string[]) =>
  `advanced_event_selector {\n name = "${name}"\n ${fields.join('\n')}\n}`
const fiveSelectors = [
  advanced(
    's3Custom',
    field('eventCategory', 'equals', 'Data'),
    field('eventName', 'equals', 'DeleteObject'),
    field('resources.ARN', 'equals', 'arn:aws:s3:::logs/one', 'arn:aws:s3:::logs/two'),
    field('readOnly', 'equals', 'false'),
    field('resources.type', 'equals', 'AWS::S3::Object'),
  ),
  advanced(
    'lambdaLogAllEvents',
    field('eventCategory', 'equals', 'Data'),
    field('resources.type', 'equals', 'AWS::Lambda::Function'),
  ),
  advanced(
    'dynamoDbReadOnlyEvents',
    field('eventCategory', 'equals', 'Data'),
    field('readOnly', 'equals', 'true'),
    field('resources.type', 'equals', 'AWS::DynamoDB::Table'),
  ),
  advanced(
    's3OutpostsWriteOnlyEvents',
    field('eventCategory', 'equals', 'Data'),
    field('readOnly', 'equals', 'false'),
    field('resources.type', 'equals', 'AWS::S3Outposts::Object'),
  ),
  advanced('managementEventsSelector', field('eventCategory', 'equals', 'Management')),
].join('\n')

/** What every trail is set to, step after step: the last entry stays. */
const trails: Record<string, { region?: 'eu' | 'ap'; steps: string[] }> = {
  basic: { steps: ['', 's3_key_prefix = "prefix"\n include_global_service_events = false', ''] },
  logging: { steps: ['enable_logging = true', 'enable_logging = false', 'enable_logging = true'] },
  validation: {
    steps: [
      'is_multi_region_trail = true\n enable_log_file_validation = true',
      'is_multi_region_trail = false',
      'is_multi_region_trail = true',
    ],
  },
  selector: {
    steps: [
      s3Values('arn:aws:s3:::a/b', 'arn:aws:s3:::a/c'),
      writeOnly,
      s3Values('arn:aws:s3:::a/') + functions,
      '',
    ],
  },
  tags: {
    steps: ['tags = { a = "1" }', 'tags = { a = "2", b = "3" }', 'tags = { b = "3" }'],
  },
  exclude: {
    region: 'eu',
    steps: [
      excluding('kms.amazonaws.com'),
      excluding('kms.amazonaws.com', 'rdsdata.amazonaws.com'),
      '',
    ],
  },
  insight: {
    region: 'eu',
    steps: [
      insight('ApiCallRateInsight'),
      insight('ApiCallRateInsight', 'ApiErrorRateInsight'),
      insight('ApiErrorRateInsight'),
      '',
    ],
  },
  advanced: { region: 'ap', steps: [fiveSelectors, functions, fiveSelectors, ''] },
}
const steps = Math.max(...Object.values(trails).map(({ steps }) => steps.length))
const configuration = (step: number) =>
  bucketOfTrails +
  Object.entries(trails)
    .map(([name, { region, steps }]) => trail(name, steps[step] ?? steps.at(-1), region))
    .join('')

describe.skipIf(!present)('aws_cloudtrail', () => {
  withServer()

  test.each(Array.from({ length: steps }, (_, step) => ({ step })))(
    'step $step is applied, and the plan is then empty',
    { timeout: 4 * minutes },
    async ({ step }) => {
      if (step === 0) await terraform.init(configuration(step))
      else terraform.configure(configuration(step))
      await terraform.apply()
      expect(await terraform.plan()).toEqual([])
      const resources = await terraform.resources()
      const basic = resources.get('aws_cloudtrail.basic')!
      expect(basic['arn']).toBe(`arn:aws:cloudtrail:us-east-1:${account}:trail/basic-trail`)
      const { IsLogging } = await aws(
        server.clientEnv,
        'cloudtrail',
        'get-trail-status',
        '--name',
        'logging-trail',
      )
      expect(IsLogging).toBe(step !== 1)
    },
  )

  test('is imported by its ARN, every attribute the same', { timeout: 5 * minutes }, async () => {
    terraform.configure(configuration(0))
    await terraform.apply()
    const before = await terraform.resources()
    for (const name of ['selector', 'insight', 'advanced']) {
      const address = `aws_cloudtrail.${name}`
      await terraform.reimport(address, before.get(address)!['arn'])
    }
    const after = await terraform.resources()
    // Terraform has no list where the configuration has none, and an empty one where the server says so.
    const settled = (values: unknown) =>
      JSON.parse(JSON.stringify(values, (_, value) => value ?? []))
    for (const name of ['selector', 'insight', 'advanced']) {
      const address = `aws_cloudtrail.${name}`
      expect(settled(after.get(address))).toEqual(settled(before.get(address)))
    }
    expect(await terraform.plan()).toEqual([])
  })

  test('deleted behind its back, is made again', { timeout: 4 * minutes }, async () => {
    const { accessKeyId, secret } = server.credentials
    const client = new CloudTrailClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey: secret },
    })
    await client.send(new DeleteTrailCommand({ Name: 'tags-trail' }))
    client.destroy()
    expect(await terraform.plan()).toEqual([
      expect.stringMatching(/^aws_cloudtrail\.tags (create|delete)/),
    ])
    await terraform.apply()
    expect(await terraform.plan()).toEqual([])
  })

  test('is destroyed with its bucket', { timeout: 4 * minutes }, async () => {
    await terraform.destroy()
    const { trailList } = await aws(server.clientEnv, 'cloudtrail', 'describe-trails')
    expect(trailList).toEqual([])
  })
})
