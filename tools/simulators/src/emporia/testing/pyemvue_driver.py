"""Reads a simulated Emporia account with PyEmVue and prints what it saw as JSON.

Usage: pyemvue_driver.py URL EMAIL PASSWORD TOKEN_FILE
"""

import datetime
import json
import os
import sys

url, email, password, token_file = sys.argv[1:5]
os.environ.update(
    AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_EC2_METADATA_DISABLED="true"
)

import pycognito  # noqa: E402
import pyemvue  # noqa: E402
import pyemvue.auth  # noqa: E402
import pyemvue.pyemvue  # noqa: E402
from pyemvue.enums import Scale  # noqa: E402

# Everything that the library has built in as an address.
pyemvue.auth.USER_POOL_URL = f"{url}/{pyemvue.auth.USER_POOL}"
pyemvue.pyemvue.API_ROOT = url
pyemvue.pyemvue.API_MAINTENANCE = f"{url}/absent"
pycognito.Cognito.user_pool_url = property(lambda self: pyemvue.auth.USER_POOL_URL)


def usages(vue, gids, instant, scale):
    found = {}

    def walk(devices):
        for gid, device in devices.items():
            for number, channel in device.channels.items():
                found[f"{gid}/{number}"] = channel.usage
                walk(channel.nested_devices)

    walk(vue.get_device_list_usage(gids, instant, scale))
    return found


vue = pyemvue.PyEmVue()
logged_in = vue.login(username=email, password=password, token_storage_file=token_file)
devices = vue.get_devices()
gids = sorted({device.device_gid for device in devices})
now = datetime.datetime.now(datetime.timezone.utc)
minute = (now - datetime.timedelta(minutes=2)).replace(second=0, microsecond=0)
channel = next(c for d in devices for c in d.channels if c.name == "Kitchen")
chart, first = vue.get_chart_usage(
    channel, now - datetime.timedelta(hours=2), now - datetime.timedelta(hours=1), Scale.HOUR.value
)
outlets, chargers = vue.get_devices_status(devices)
again = pyemvue.PyEmVue()
resumed = again.login(token_storage_file=token_file)
refused = pyemvue.PyEmVue().login(username=email, password="wrong")

print(
    json.dumps(
        {
            "loggedIn": logged_in,
            "resumed": resumed,
            "refused": refused,
            "email": vue.customer.email,
            "devices": [
                {
                    "gid": device.device_gid,
                    "model": device.model,
                    "name": device.device_name,
                    "channels": [[c.channel_num, c.name, c.channel_type_gid] for c in device.channels],
                }
                for device in devices
            ],
            "minute": minute.isoformat(),
            "usages": usages(vue, gids, minute, Scale.MINUTE.value),
            "day": usages(vue, gids, now, Scale.DAY.value),
            "chart": chart,
            "chartFirst": first.isoformat(),
            "outlets": [outlet.device_gid for outlet in outlets],
            "channelTypes": len(vue.get_channel_types()),
        }
    )
)
