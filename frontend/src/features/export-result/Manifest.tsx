import { Accordion } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { CodeBlock } from '@/components/CodeBlock'
import { QueryView } from '@/components/QueryView'
import { manifestQuery } from '@/lib/api/exports'

const MOST_CHARACTERS = 200_000

interface ManifestProps {
  exportId: string
}

/** The manifest without its files, which are listed above; loaded when it is opened. */
export function Manifest({ exportId }: ManifestProps) {
  const [open, setOpen] = useState<string | null>(null)
  const manifest = useQuery({ ...manifestQuery(exportId), enabled: open !== null })
  return (
    <Accordion variant="contained" value={open} onChange={setOpen} keepMounted={false}>
      <Accordion.Item value="manifest">
        <Accordion.Control>Manifest: plan, versions and row counts</Accordion.Control>
        <Accordion.Panel>
          <QueryView query={manifest} errorTitle="The manifest could not be loaded">
            {(data) => (
              <CodeBlock text={JSON.stringify(data, null, 2).slice(0, MOST_CHARACTERS)} label="manifest" />
            )}
          </QueryView>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}
