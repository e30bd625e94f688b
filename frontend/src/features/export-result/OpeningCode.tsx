import { SegmentedControl, Stack, Tabs, Title } from '@mantine/core'
import { useState } from 'react'
import { CodeBlock } from '@/components/CodeBlock'
import type { ExportDetails } from '@/lib/api/exports'
import { openingSnippets } from './opening'

interface OpeningCodeProps {
  details: ExportDetails
}

/** Code that opens the dataset in its folder. */
export function OpeningCode({ details }: OpeningCodeProps) {
  const kinds = (details.export_config['data_types'] ?? []) as string[]
  const [kind, setKind] = useState(kinds[0] ?? 'logs')
  const snippets = openingSnippets(details.export_config, details.path ?? `lumber-${details.export_id}`, kind)
  return (
    <Stack component="section" gap="xs">
      <Title order={2} size="h4">
        Open the dataset
      </Title>
      {kinds.length > 1 && (
        <SegmentedControl
          data={kinds}
          value={kind}
          onChange={setKind}
          size="xs"
          aria-label="Data type to open"
          style={{ alignSelf: 'flex-start' }}
        />
      )}
      <Tabs defaultValue="datasets" keepMounted={false}>
        <Tabs.List>
          {snippets.map(({ name }) => (
            <Tabs.Tab key={name} value={name}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map(({ name, text }) => (
          <Tabs.Panel key={name} value={name} pt="xs">
            <CodeBlock text={text} label={`code for ${name}`} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  )
}
