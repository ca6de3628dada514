"""The parts of a judgement: grounding in the evidence, the rubric of a production-grade image, and how they add up."""
