import { Accordion, Tabs } from '@mantine/core'
import { CodeBlock } from '@/components/CodeBlock'
import type { ConfigInput } from '@/lib/api/exports'
import { snippetsOf } from './snippets'

interface CopyAsProps {
  config: ConfigInput
}

/** The export of the form as a command or a program. */
export function CopyAs({ config }: CopyAsProps) {
  const snippets = snippetsOf(config, window.location.origin)
  const forms = [
    { name: 'curl', label: 'curl command', text: snippets.curl },
    { name: 'Python', label: 'Python program', text: snippets.python },
    { name: 'CLI', label: 'command line', text: snippets.cli },
    { name: 'JSON', label: 'JSON config', text: snippets.json },
  ]
  return (
    <Accordion variant="contained" keepMounted={false}>
      <Accordion.Item value="copy">
        <Accordion.Control>Copy as curl, Python, CLI or JSON</Accordion.Control>
        <Accordion.Panel>
          <Tabs defaultValue="curl" keepMounted={false}>
            <Tabs.List>
              {forms.map(({ name }) => (
                <Tabs.Tab key={name} value={name}>
                  {name}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {forms.map(({ name, label, text }) => (
              <Tabs.Panel key={name} value={name} pt="xs">
                <CodeBlock text={text} label={label} />
              </Tabs.Panel>
            ))}
          </Tabs>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}
