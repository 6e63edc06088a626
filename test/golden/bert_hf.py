"""A small BERT of Hugging Face's transformers 5.24 with PyTorch 2.15: random weights, and what it gives.

python3 bert_hf.py writes bert_hf.safetensors and bert_hf.txt: of two texts, of 6 tokens and of 4, the
last hidden states and what its pooler makes of them."""

import os

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    torch.manual_seed(1)
    sizes = dict(vocab_size=30, hidden_size=16, num_hidden_layers=2, num_attention_heads=2)
    model = BertModel(BertConfig(**sizes, intermediate_size=24, max_position_embeddings=8)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) / 5)
    token = torch.tensor([[2, 7, 11, 29, 5, 3], [2, 13, 8, 3, 0, 0]])
    segment = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0]])
    seen = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    with torch.no_grad():
        out = model(token, attention_mask=seen, token_type_ids=segment)
    weights = {n: w.contiguous() for n, w in model.state_dict().items()}
    save_file(weights, os.path.join(HERE, "bert_hf.safetensors"))
    with open(os.path.join(HERE, "bert_hf.txt"), "w") as file:
        file.write("# Made by test/golden/bert_hf.py with transformers 5.24.0 and PyTorch 2.15.0.\n")
        for name, value in (("hidden", out.last_hidden_state), ("pooled", out.pooler_output)):
            numbers = value.flatten().tolist()
            file.write(f"{name} {len(numbers)} " + " ".join(f"{x:.7g}" for x in numbers) + "\n")


main()
