# Calls of sixteen services, one after the other, through $AWS_ENDPOINT_URL; prints what was called, as JSON.
import boto3, io, json, os, sys, zipfile
from botocore.config import Config
from boto3.s3.transfer import TransferConfig
url = os.environ['AWS_ENDPOINT_URL']
session = boto3.session.Session()
calls = []
def client(name, **more):
    c = session.client(name, endpoint_url=url, config=Config(retries={'max_attempts': 0}, s3={'addressing_style': 'path'}), **more)
    def sent(model, http_response=None, parsed=None, **kw):
        code = (parsed or {}).get('Error', {}).get('Code', '')
        calls.append((model.service_model.signing_name, model.name, code))
    c.meta.events.register('after-call', lambda http_response, parsed, model, **kw: sent(model, http_response, parsed))
    return c
def tried(f, **args):
    try:
        return f(**args)
    except Exception as error:
        print('tried', f.__name__, str(error)[:120], file=sys.stderr)
one = TransferConfig(multipart_threshold=5*1024*1024, multipart_chunksize=5*1024*1024, use_threads=False)

sts = client('sts')
sts.get_caller_identity()
iam = client('iam')
iam.create_user(UserName='alice')
key = iam.create_access_key(UserName='alice')['AccessKey']
role = iam.create_role(RoleName='robot', AssumeRolePolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': []}))['Role']
iam.put_user_policy(UserName='alice', PolicyName='p', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}))
iam.list_users()
iam.get_user(UserName='alice')
tried(iam.get_user, UserName='nobody')
made = sts.assume_role(RoleArn=role['Arn'], RoleSessionName='work')['Credentials']
as_robot = dict(aws_access_key_id=made['AccessKeyId'], aws_secret_access_key=made['SecretAccessKey'], aws_session_token=made['SessionToken'])
as_alice = dict(aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'])

s3 = client('s3', **as_alice)
s3.create_bucket(Bucket='logs')
s3.list_buckets()
s3.put_object(Bucket='logs', Key='a b/ü+c?.txt', Body=b'x' * 3000)
s3.get_object(Bucket='logs', Key='a b/ü+c?.txt', Range='bytes=10-19')['Body'].read()
s3.head_object(Bucket='logs', Key='a b/ü+c?.txt')
tried(s3.head_object, Bucket='logs', Key='none')
s3.upload_fileobj(io.BytesIO(os.urandom(12*1024*1024)), 'logs', 'big', Config=one)
s3.get_object(Bucket='logs', Key='big')['Body'].read()
s3.copy_object(Bucket='logs', Key='copy', CopySource={'Bucket': 'logs', 'Key': 'a b/ü+c?.txt'})
s3.list_objects_v2(Bucket='logs')
s3.list_objects(Bucket='logs')
s3.put_bucket_tagging(Bucket='logs', Tagging={'TagSet': [{'Key': 'k', 'Value': 'v'}]})
s3.get_bucket_tagging(Bucket='logs')
s3.put_bucket_versioning(Bucket='logs', VersioningConfiguration={'Status': 'Enabled'})
s3.get_bucket_versioning(Bucket='logs')
s3.put_bucket_lifecycle_configuration(Bucket='logs', LifecycleConfiguration={'Rules': [{'ID': 'r', 'Status': 'Enabled', 'Filter': {'Prefix': ''}, 'Expiration': {'Days': 1}}]})
s3.delete_objects(Bucket='logs', Delete={'Objects': [{'Key': 'copy'}]})
s3.delete_object(Bucket='logs', Key='big')
tried(s3.get_object, Bucket='logs', Key='gone')

d = client('dynamodb', **as_robot)
d.create_table(TableName='t', KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}], AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'S'}], BillingMode='PAY_PER_REQUEST')
d.put_item(TableName='t', Item={'id': {'S': '1'}})
d.get_item(TableName='t', Key={'id': {'S': '1'}})
d.query(TableName='t', KeyConditionExpression='id = :i', ExpressionAttributeValues={':i': {'S': '1'}})
d.scan(TableName='t')
d.describe_table(TableName='t')
tried(d.get_item, TableName='none', Key={'id': {'S': '1'}})

ec2 = client('ec2')
vpc = ec2.create_vpc(CidrBlock='10.0.0.0/16')['Vpc']['VpcId']
ec2.create_subnet(VpcId=vpc, CidrBlock='10.0.1.0/24')
ec2.create_security_group(GroupName='g', Description='d', VpcId=vpc)
ec2.describe_instances(Filters=[{'Name': 'vpc-id', 'Values': [vpc]}])
ec2.create_key_pair(KeyName='k')
tried(ec2.describe_instances, InstanceIds=['i-0000000000000000'])
ec2.create_tags(Resources=[vpc], Tags=[{'Key': 'a', 'Value': 'b'}])

z = io.BytesIO()
with zipfile.ZipFile(z, 'w') as f: f.writestr('f.py', 'def h(e, c): return 1')
l = client('lambda')
l.create_function(FunctionName='fn', Runtime='python3.11', Role=role['Arn'], Handler='f.h', Code={'ZipFile': z.getvalue()}, Environment={'Variables': {'SECRET': 'hidden-value'}})
l.get_function(FunctionName='fn')
l.list_functions()
l.update_function_configuration(FunctionName='fn', Timeout=9)
l.delete_function(FunctionName='fn')
tried(l.get_function, FunctionName='fn')

q = client('sqs')
qu = q.create_queue(QueueName='q')['QueueUrl']
q.send_message(QueueUrl=qu, MessageBody='hello')
q.receive_message(QueueUrl=qu)
q.list_queues()
q.get_queue_attributes(QueueUrl=qu, AttributeNames=['All'])
n = client('sns')
arn = n.create_topic(Name='t')['TopicArn']
n.publish(TopicArn=arn, Message='hi')
n.list_topics()
k = client('kms')
kid = k.create_key(Description='d')['KeyMetadata']['KeyId']
blob = k.encrypt(KeyId=kid, Plaintext=b'p', EncryptionContext={'A': 'b'})['CiphertextBlob']
k.decrypt(CiphertextBlob=blob, EncryptionContext={'A': 'b'})
k.generate_data_key(KeyId=kid, KeySpec='AES_256')
k.describe_key(KeyId=kid)
r = client('rds')
r.create_db_instance(DBInstanceIdentifier='db', Engine='postgres', DBInstanceClass='db.t3.micro', MasterUsername='u', MasterUserPassword='hidden-password', AllocatedStorage=10)
r.describe_db_instances()
tried(r.describe_db_instances, DBInstanceIdentifier='none')
m = client('secretsmanager')
m.create_secret(Name='s', SecretString='hidden-string')
m.get_secret_value(SecretId='s')
m.list_secrets()
tried(m.get_secret_value, SecretId='none')
p = client('ssm')
p.put_parameter(Name='/a', Value='hidden-parameter', Type='SecureString')
p.get_parameter(Name='/a', WithDecryption=True)
p.describe_parameters()
w = client('cloudwatch')
w.put_metric_data(Namespace='n', MetricData=[{'MetricName': 'm', 'Value': 1}])
w.put_metric_alarm(AlarmName='a', MetricName='m', Namespace='n', Statistic='Sum', Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator='GreaterThanThreshold')
w.describe_alarms()
w.list_metrics()
e = client('ecs')
e.create_cluster(clusterName='c')
e.list_clusters()
e.register_task_definition(family='f', containerDefinitions=[{'name': 'n', 'image': 'i', 'memory': 64}])
b = client('elasticbeanstalk')
b.create_application(ApplicationName='app')
b.describe_applications()
f = client('stepfunctions')
f.create_state_machine(name='sm', definition=json.dumps({'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'End': True}}}), roleArn=role['Arn'])
f.list_state_machines()
print(json.dumps(dict(calls=calls, alice=key['AccessKeyId'], secrets=[key['SecretAccessKey'], made['SecretAccessKey']])))
