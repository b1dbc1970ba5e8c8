"""moto's server as AWS KMS: real HTTP, in a thread of the test's own process."""

import base64
from collections.abc import Mapping
from typing import Any, final

from boto3.session import Session
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

HOST = "127.0.0.1"
REGION = "eu-west-1"


def variables_for(url: str) -> Mapping[str, str]:
    """What leads AWS's library to that address."""
    return {
        "AWS_ENDPOINT_URL_KMS": url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@final
class AwsKms:
    """Its keys outlive ``stop``: ``start`` serves them again, on the same port."""

    def __init__(self) -> None:
        self._port = 0
        self.start()
        self.client: Any = Session("test", "test", region_name=REGION).client(  # pyright: ignore[reportUnknownMemberType]
            "kms", endpoint_url=self.url
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def variables(self) -> Mapping[str, str]:
        return variables_for(self.url)

    def new_key(self) -> str:
        return str(self.client.create_key()["KeyMetadata"]["KeyId"])

    def unwrapped(self, entry: str) -> bytes:
        """The key itself, of an entry of TOKEN_ENCRYPTION_KEYS."""
        key_id, _, wrapped = entry.split(":")
        answer = self.client.decrypt(
            CiphertextBlob=base64.urlsafe_b64decode(wrapped),
            EncryptionContext={"notion-gateway-key": key_id},
        )
        return bytes(answer["Plaintext"])

    def start(self) -> None:
        self._server = ThreadedMotoServer(HOST, self._port, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        self._server.stop()
