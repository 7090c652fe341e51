"""Asks the world: HTTPS as senders of mail use it. What is asked and what is made of the answer is others' business."""
