"""Uses sense_energy as its users do, against other hosts, and prints what it saw as JSON."""

import asyncio
import json
import sys
from datetime import datetime, timedelta, timezone

import aiohttp
import sense_energy
from sense_energy import asyncsenseable, senseable
from sense_energy.sense_api import Scale

API_URL, REALTIME_URL, EMAIL, PASSWORD, CODE = sys.argv[1:6]

for module in (senseable, asyncsenseable):
    module.API_URL = API_URL
    module.WS_URL = REALTIME_URL + "/monitors/%s/realtimefeed?access_token=%s"


def powers(sense):
    return {device.id: device.power_w for device in sense.devices}


def blocking():
    sense = sense_energy.Senseable(api_timeout=30)
    seen = {"mfaWanted": False, "refused": False}
    try:
        sense.authenticate(EMAIL, "not the password")
    except sense_energy.SenseAuthenticationException:
        seen["refused"] = True
    try:
        sense.authenticate(EMAIL, PASSWORD)
    except sense_energy.SenseMFARequiredException:
        seen["mfaWanted"] = True
        sense.validate_mfa(CODE)
    seen["monitorId"] = sense.sense_monitor_id
    seen["timeZone"] = sense.get_monitor_data()["time_zone"]
    seen["usesRest"] = sense.supports_realtime_update_api()
    seen["before"] = datetime.now(timezone.utc).isoformat()
    sense.update_realtime()
    seen["after"] = datetime.now(timezone.utc).isoformat()
    seen["restW"] = sense.active_power
    seen["restSolarW"] = sense.active_solar_power
    seen["voltage"] = sense.active_voltage
    seen["hz"] = sense.active_frequency
    frame = next(sense.get_realtime_stream())
    seen["liveW"] = frame["w"]
    seen["liveEpoch"] = frame["epoch"]
    seen["livePowers"] = powers(sense)
    for scale in (Scale.DAY, Scale.WEEK, Scale.MONTH, Scale.CYCLE):
        sense.get_trend_data(scale)
    seen["trends"] = {
        scale: [sense.get_trend(scale, "consumption"), sense.get_trend(scale, "production")]
        for scale in ("DAY", "WEEK", "MONTH", "CYCLE")
    }
    past = datetime.now(timezone.utc) - timedelta(days=2)
    sense.get_trend_data(Scale.DAY, past)
    seen["pastStart"] = sense.trend_start(Scale.DAY).isoformat()
    seen["pastKwh"] = sense.daily_usage
    seen["pastFromGrid"] = sense.daily_from_grid
    seen["pastToGrid"] = sense.daily_to_grid
    sense.get_trend_data(Scale.HOUR, past)
    seen["hourStart"] = sense.trend_start(Scale.HOUR).isoformat()
    seen["hourKwh"] = sense.get_stat(Scale.HOUR, "consumption")
    first = sense.refresh_token
    sense.renew_auth()
    seen["rotated"] = sense.refresh_token != first
    seen["names"] = sense.get_discovered_device_names()
    return sense, seen


async def cooperative(signed_in, seen):
    async with aiohttp.ClientSession() as session:
        sense = sense_energy.ASyncSenseable(client_session=session)
        sense.load_auth(
            signed_in.sense_access_token,
            signed_in.sense_user_id,
            signed_in.device_id,
            signed_in.refresh_token,
        )
        sense.set_monitor_id(signed_in.sense_monitor_id)
        sense.ssl_context = None
        await sense.fetch_devices()
        seen["asyncDevices"] = sorted(device.id for device in sense.devices)
        await sense.update_realtime()
        seen["asyncRestW"] = sense.active_power
        await sense.async_realtime_stream(single=True)
        seen["asyncLiveW"] = sense.active_power


client, result = blocking()
asyncio.run(cooperative(client, result))
print(json.dumps(result))
