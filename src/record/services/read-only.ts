/** Verbs of calls that change nothing (`capture-and-neighbours.md` A.3). */
const reading =
  /^(Get|BatchGet|List|Describe|Head|Lookup|Search|Query|Scan|Check|Select|View|Filter|TransactGet)(?![a-z])/

/** Where the verb does not tell; by event source, without its domain. */
const exceptions: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  athena: { StartQueryExecution: false },
  bedrock: {
    Converse: true,
    ConverseStream: true,
    InvokeModel: true,
    InvokeModelWithResponseStream: true,
  },
  'cognito-idp': { AdminGetUser: true, AdminListGroupsForUser: true },
  cloudformation: { DetectStackDrift: true, EstimateTemplateCost: true, ValidateTemplate: true },
  ec2: { SearchTransitGatewayRoutes: true },
  ecr: { BatchCheckLayerAvailability: true },
  events: { TestEventPattern: true },
  iam: {
    GenerateCredentialReport: true,
    GenerateServiceLastAccessedDetails: true,
    SimulateCustomPolicy: true,
    SimulatePrincipalPolicy: true,
  },
  kms: {
    Decrypt: true,
    DeriveSharedSecret: true,
    Encrypt: true,
    GenerateDataKey: true,
    GenerateDataKeyPair: true,
    GenerateDataKeyPairWithoutPlaintext: true,
    GenerateDataKeyWithoutPlaintext: true,
    GenerateMac: true,
    GenerateRandom: true,
    ReEncrypt: true,
    Sign: true,
    Verify: true,
    VerifyMac: true,
  },
  logs: { StartLiveTail: true, StartQuery: true, StopQuery: true, TestMetricFilter: true },
  rds: { DownloadDBLogFilePortion: true },
  signin: { CheckMfa: false },
  sqs: { ReceiveMessage: false },
  states: { TestState: true, ValidateStateMachineDefinition: true },
  sts: {
    AssumeRole: true,
    AssumeRoleWithSAML: true,
    AssumeRoleWithWebIdentity: true,
    DecodeAuthorizationMessage: true,
    GetFederationToken: false,
  },
}

/** PartiQL's: what a statement does is told by its first word. */
const statements = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction'])

/**
 * What the record says of `readOnly`: by the operation's verb, but for a table of exceptions. `members` are
 * looked at for DynamoDB's statements alone.
 */
export function isReadOnly(
  eventSource: string,
  operation: string,
  members: Readonly<Record<string, unknown>> = {},
): boolean {
  const source = eventSource.split('.')[0]!
  if (source === 'dynamodb' && statements.has(operation)) return isSelectsOnly(members)
  const own = exceptions[source]
  if (own && Object.hasOwn(own, operation)) return own[operation]!
  return reading.test(operation)
}

function isSelectsOnly(members: Readonly<Record<string, unknown>>): boolean {
  const many = (members['Statements'] ?? members['TransactStatements'] ?? [members]) as unknown
  const all = Array.isArray(many) ? many : [many]
  return all.every((one) =>
    /^\s*select\b/i.test(String((one as { Statement?: unknown })?.Statement)),
  )
}
