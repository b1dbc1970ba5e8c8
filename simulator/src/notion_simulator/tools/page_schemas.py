"""What notion-create-pages and notion-update-page take."""

from notion_simulator.tools.parents import PARENT_SCHEMA
from notion_simulator.tools.tool import schema, text

PROPERTIES = {
    "type": "object",
    "description": "Property name to value; null clears",
    "additionalProperties": {"type": ["string", "number", "boolean", "array", "null"]},
}
CREATE_SCHEMA = schema(
    {
        "pages": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {
                    "properties": PROPERTIES,
                    "content": text("Notion-flavoured Markdown"),
                    "template_id": text(),
                    "icon": text("Emoji, :custom:, URL or none"),
                    "cover": text("URL or none"),
                    "is_skill": {"type": "boolean"},
                    "preserve_internal_links": {"type": "boolean"},
                },
                "additionalProperties": {},
            },
        },
        "parent": PARENT_SCHEMA,
        "creation_mode": {"type": "string", "enum": ["draft"]},
        "allow_async": {"type": "boolean"},
    },
    ("pages",),
)
UPDATE_SCHEMA = schema(
    {
        "page_id": text("UUID of the page"),
        "command": {
            "type": "string",
            "enum": [
                "update_properties",
                "update_content",
                "replace_content",
                "insert_content",
                "apply_template",
                "update_verification",
            ],
        },
        "properties": PROPERTIES,
        "new_str": text("replace_content: the whole new content"),
        "content": text("insert_content: what to insert"),
        "content_updates": {
            "type": "array",
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {
                    "old_str": {"type": "string", "minLength": 1},
                    "new_str": {"type": "string"},
                    "replace_all_matches": {"type": "boolean"},
                },
                "required": ["old_str", "new_str"],
                "additionalProperties": {},
            },
        },
        "position": {
            "type": "object",
            "properties": {"type": {"enum": ["start", "end"]}},
            "required": ["type"],
            "additionalProperties": {},
        },
        "allow_deleting_content": {"type": "boolean"},
        "template_id": text(),
        "verification_status": {"type": "string", "enum": ["verified", "unverified"]},
        "verification_expiry_days": {"type": "integer", "minimum": 1},
        "icon": text(),
        "cover": text(),
        "is_skill": {"type": "boolean"},
        "allow_async": {"type": "boolean"},
    },
    ("page_id", "command"),
)
