package org.example.common;

public record Isbn(String digits) {}
