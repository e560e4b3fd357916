"""Who may log in to the servers, and what they boot: the operators' key and the images."""

from __future__ import annotations

import pulumi

from inventory.model import Part
from stacks.components import Component


class ImageConfig(Part):
    """A local image file; `content` is a hash of what it holds. No `path`: a placeholder that nothing boots."""

    name: str
    hypervisor: str
    content: str = "placeholder"
    path: str | None = None


class AccessConfig(Part):
    """The operators' public key (name is the site's) and the images of a centre, by how its servers run."""

    site: str
    public_key: str
    images: dict[str, ImageConfig]  # "machine" or "counted" -> image


class Access(Component):
    """Keypair and images; `images` maps how a server runs to its image's id."""

    def __init__(self, config: AccessConfig, project_id: pulumi.Input[str], options: pulumi.ResourceOptions) -> None:
        super().__init__("access", config.site, options)
        self.keypair = self.add("keypair", config.site, {"name": config.site, "public_key": config.public_key.strip()})
        self.images = {
            runs: self.add("image", image.name, {"project_id": project_id, **image.model_dump()}).id
            for runs, image in config.images.items()
        }
        self.register_outputs({})
