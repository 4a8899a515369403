import { configSchema } from '@fashionmatch/pipeline';
import { z } from 'zod';

/** The parts of a JSON Schema that the reference tells. */
const propertySchema = z.object({
  type: z.string().optional(),
  description: z.string().default(''),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  anyOf: z.array(z.object({ type: z.string().optional(), const: z.unknown().optional() })).optional(),
  get properties() {
    return z.record(z.string(), propertySchema).optional();
  },
});
type Property = z.infer<typeof propertySchema>;

/** What `docs/configuration.md` holds: every key, from the schema that checks them. */
export function configurationReference(): string {
  const root = propertySchema.parse(z.toJSONSchema(configSchema, { io: 'input' }));
  const sections = Object.entries(root.properties ?? {}).map(([name, section]) =>
    [
      `## ${name}`,
      '',
      '| key | default | values | meaning |',
      '| --- | --- | --- | --- |',
      ...rows(name, section),
    ].join('\n'),
  );
  return `# Configuration

A YAML file, \`config/config.yaml\` where it exists, or the one that \`--config\` names. Every key is optional; an unknown
one is an error. \`FASHIONMATCH_DATABASE__PORT\` in the environment is \`database.port\`; a list is written as JSON there. The
environment goes before the file, and an option of the command line before both.
\`fashionmatch config init\` writes a commented file, \`config show\` tells where each value comes from, and
\`config schema\` prints the JSON Schema.

${sections.join('\n\n')}
`;
}

function rows(path: string, { properties = {} }: Property): string[] {
  return Object.entries(properties).flatMap(([key, property]) => {
    const name = `${path}.${key}`;
    if (property.properties) return rows(name, property);
    const cells = [`\`${name}\``, inCode(property.default), values(property), property.description];
    return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`];
  });
}

function inCode(value: unknown): string {
  return value === undefined ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function values({ type, enum: choices, anyOf, minimum, maximum }: Property): string {
  if (choices) return choices.map(inCode).join(', ');
  if (anyOf)
    return anyOf
      .map((choice) => (choice.const !== undefined ? inCode(choice.const) : (choice.type ?? '')))
      .join(' or ');
  const range = [minimum, maximum].filter((bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER);
  return range.length === 2 ? `${type ?? ''}, ${range.map(String).join(' to ')}` : (type ?? '');
}
