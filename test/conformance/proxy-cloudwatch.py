# The same three calls of CloudWatch in the protocol that is named: botocore takes the first one that the
# service's model allows, so the model is the installed one with that protocol alone.
import boto3, botocore.loaders, json, os, sys, tempfile
from datetime import datetime, timezone

protocol = sys.argv[1]
model = botocore.loaders.Loader().load_service_model('cloudwatch', 'service-2')
model['metadata'].update(protocol=protocol, protocols=[protocol])
with tempfile.TemporaryDirectory() as folder:
    os.makedirs(os.path.join(folder, 'cloudwatch', '2010-08-01'))
    with open(os.path.join(folder, 'cloudwatch', '2010-08-01', 'service-2.json'), 'w') as file:
        json.dump(model, file)
    os.environ['AWS_DATA_PATH'] = folder
    cloudwatch = boto3.client('cloudwatch')
assert cloudwatch.meta.service_model.resolved_protocol == protocol
at = datetime(2026, 11, 20, 12, 30, 15, tzinfo=timezone.utc)
cloudwatch.put_metric_data(Namespace='shop', MetricData=[
    {'MetricName': 'orders', 'Value': 2.5, 'Unit': 'Count', 'Timestamp': at,
     'Dimensions': [{'Name': 'country', 'Value': 'Österreich & more'}]},
    {'MetricName': 'visits', 'Values': [1.0, 2.0], 'Counts': [3.0, 4.0], 'StorageResolution': 1},
])
cloudwatch.list_metrics(Namespace='shop', Dimensions=[{'Name': 'country'}], IncludeLinkedAccounts=True)
cloudwatch.get_metric_data(
    MetricDataQueries=[{'Id': 'm1', 'ReturnData': True, 'MetricStat': {
        'Metric': {'Namespace': 'shop', 'MetricName': 'orders'}, 'Period': 60, 'Stat': 'Sum'}}],
    StartTime=at, EndTime=datetime(2026, 11, 20, 13, 30, 15, tzinfo=timezone.utc), MaxDatapoints=100)
try:
    cloudwatch.set_alarm_state(AlarmName='none', StateValue='OK', StateReason='r')
except cloudwatch.exceptions.ResourceNotFound:
    sys.exit()
sys.exit('an alarm that is not there was changed')
