pub struct Tree;
