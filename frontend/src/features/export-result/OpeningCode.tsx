import { Group, SegmentedControl, Stack, Tabs, Title } from '@mantine/core'
import { useState } from 'react'
import { CodeBlock } from '@/components/CodeBlock'
import type { ExportDetails } from '@/lib/api/exports'
import { openingSnippets } from './opening'
import { placesOf } from './places'

interface OpeningCodeProps {
  details: ExportDetails
}

/** Code that opens the dataset: in its folder, from the downloaded zip, or over HTTP. */
export function OpeningCode({ details }: OpeningCodeProps) {
  const kinds = (details.export_config['data_types'] ?? []) as string[]
  const [kind, setKind] = useState(kinds[0] ?? 'logs')
  const places = placesOf(details.export_id, details.path ?? null, window.location.origin)
  const [chosen, setChosen] = useState(places[0]?.value)
  const place = places.find(({ value }) => value === chosen)
  const snippets = openingSnippets(details.export_config, place?.folder ?? '', kind)
  return (
    <Stack component="section" gap="xs">
      <Title order={2} size="h4">
        Open the dataset
      </Title>
      <Group gap="sm">
        <SegmentedControl
          data={places.map(({ value, label }) => ({ value, label }))}
          value={chosen}
          onChange={setChosen}
          size="xs"
          aria-label="Where to open it"
        />
        {kinds.length > 1 && (
          <SegmentedControl
            data={kinds}
            value={kind}
            onChange={setKind}
            size="xs"
            aria-label="Data type to open"
          />
        )}
      </Group>
      {place?.fetching && <CodeBlock text={place.fetching} label="commands that fetch the dataset" />}
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
