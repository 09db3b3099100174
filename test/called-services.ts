// The services most used, and how they are called.
import type { ServiceModel } from '../src/gen/model.ts'
import type { CallProtocol } from '../src/registry/contract.ts'
import type { Registry } from '../src/registry/registry.ts'
import { ownProtocol } from './encode/wire.ts'

/** By botocore's names. */
export const calledServices = (
  'acm amp apigateway apigatewayv2 application-autoscaling athena autoscaling backup batch cloudformation ' +
  'cloudfront cloudtrail cloudwatch codebuild cognito-identity cognito-idp config dynamodb ec2 ecr ecs efs ' +
  'eks elasticache elb elbv2 events firehose glue guardduty iam kinesis kms lambda logs opensearch ' +
  'organizations rds redshift route53 s3 s3control secretsmanager securityhub sesv2 sns sqs ssm ' +
  'stepfunctions sts wafv2'
).split(' ')

/** Of those that sign by another name than theirs. */
const signingNames: Readonly<Record<string, string>> = {
  amp: 'aps',
  apigatewayv2: 'apigateway',
  cloudwatch: 'monitoring',
  efs: 'elasticfilesystem',
  elb: 'elasticloadbalancing',
  elbv2: 'elasticloadbalancing',
  opensearch: 'es',
  s3control: 's3',
  sesv2: 'ses',
  stepfunctions: 'states',
}

export function modelOf(name: string, registry: Registry): ServiceModel {
  const entries = registry.servicesOf(signingNames[name] ?? name)
  return registry.load(entries.find((one) => one.name === name)!).model
}

/** But for one that only its host tells from ListBuckets, and one whose answer, a text, no record shows. */
export function operationsOf({ operations }: ServiceModel): string[] {
  return Object.keys(operations).filter(
    (operation) => operation !== 'ListDirectoryBuckets' && operation !== 'GetBucketLocation',
  )
}

/** Its own, and those that its older and newer clients speak. */
export function protocolsOf(name: string, model: ServiceModel): CallProtocol[] {
  const own = ownProtocol(model)
  if (name === 'cloudwatch') return [own, 'awsQuery', 'rpcV2Cbor']
  return name === 'sqs' ? [own, 'awsQuery'] : [own]
}
