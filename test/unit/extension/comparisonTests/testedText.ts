/** A comparison file with an assertion of every kind. */
export const testedText = `data: { file: a.jsonl, task: classification }
arms:
  - { name: base, prompt: { template: "{{ text }}: {{ answer }}" } }
  - { name: few-shot, prompt: { template: "{{ text }}: {{ answer }}", k: 4 } }
  - name: LoRA
    finetune: { method: lora }

assertions:
  - { arm: few-shot, atLeast: 0.8 }
  - arm: LoRA
    noWorseThan: base
    by: 0.02

  - { arm: LoRA, noWorseThan: base, metric: macroF1 }
  - { arm: LoRA, betterThan: few-shot }
  - { arm: base, metric: logLoss, atLeast: 0.5, atMost: 2 }
  - { arm: base, metric: logLoss, atMost: 2 }
`;
