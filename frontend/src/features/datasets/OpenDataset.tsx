import { CodeBlock } from '@/components/CodeBlock'
import { Section } from '@/components/Section'
import type { Version } from '@/lib/api/named-datasets'

interface OpenDatasetProps {
  name: string
  versions: Version[]
}

/** Code that opens a version, and the command that proves the chain. */
export function OpenDataset({ name, versions }: OpenDatasetProps) {
  const published = versions.find(({ state }) => state === 'published')
  if (published === undefined) return null
  const text = [
    'import lumber',
    '',
    `lumber.open("${name}")  # the latest version`,
    `lumber.open("${name}@v${published.number}")`,
    `lumber.open("${name}", as_of="${published.created_at.slice(0, 10)}")`,
  ].join('\n')
  return (
    <Section
      title="Open it"
      description="On a machine that reaches the service's database or the destination."
    >
      <CodeBlock text={text} label="code that opens the dataset" />
      <CodeBlock text={`lumber verify --chain ${name}`} label="command that checks all versions" />
    </Section>
  )
}
